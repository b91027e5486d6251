#include "lab/bank/refusal.h"

#include "lab/bank/json.h"

namespace remit::lab::bank {

std::unexpected<Refusal> refuse(std::string code, std::string message, std::string path) {
  return refuse_with(400, std::move(code), std::move(message), std::move(path));
}

std::unexpected<Refusal> refuse_with(int status, std::string code, std::string message,
                                     std::string path) {
  return std::unexpected(Refusal{status, std::move(code), std::move(message), std::move(path), {}});
}

std::unexpected<Refusal> refuse_bare(int status) {
  return std::unexpected(Refusal{status, {}, {}, {}, {}});
}

net::HttpResponse to_response(const Refusal& refusal, const std::string& id) {
  net::HttpResponse response;
  response.status = refusal.status;
  response.headers = refusal.headers;
  if (refusal.code.empty()) return response;
  json::object error{{"ErrorCode", refusal.code}, {"Message", refusal.message}};
  if (!refusal.path.empty()) error["Path"] = refusal.path;
  response.body = json::serialize(json::object{{"Id", id}, {"Errors", json::array{error}}});
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  return response;
}

}  // namespace remit::lab::bank
