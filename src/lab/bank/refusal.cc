#include "lab/bank/refusal.h"

#include "lab/bank/json.h"

#include <fmt/format.h>

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

net::HttpResponse to_response(const Refusal& refusal, StandardVersion version,
                              const std::string& id) {
  net::HttpResponse response;
  response.status = refusal.status;
  response.headers = refusal.headers;
  if (refusal.code.empty()) return response;
  json::object error{{"ErrorCode", error_code_in(version, refusal.code)},
                     {"Message", refusal.message}};
  if (!refusal.path.empty()) error["Path"] = refusal.path;
  json::object body{{"Id", id}, {"Errors", json::array{error}}};
  if (version == StandardVersion::V3) {
    body["Code"] = fmt::to_string(refusal.status);
    body["Message"] = refusal.message;
  }
  response.body = json::serialize(body);
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  return response;
}

}  // namespace remit::lab::bank
