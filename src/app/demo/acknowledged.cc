#include "app/demo/acknowledged.h"

#include "app/admin_client.h"
#include "kit/base/codec/json.h"

#include <fmt/format.h>

#include <optional>

namespace remit::app {
namespace {

net::ClientRequest made(World& world, std::string method, const std::string& path) {
  net::ClientRequest request{.method = std::move(method), .url = world.server_url() + path};
  request.headers.add("Authorization", "Bearer " + world.key());
  return request;
}

std::string describe(const Result<net::HttpResponse>& answer) {
  if (!answer) return answer.error().describe();
  return fmt::format("{} {}", answer->status, answer->body.substr(0, 300));
}

/// Where what was made is found; empty for what is not found by an id of its own.
std::string path_of(const AcknowledgedAnswer& one) {
  const auto document = codec::JsonDocument::parse(one.answer, {});
  const std::string id = document ? text_at(document->root(), "id") : "";
  if (id.starts_with("pay_")) return "/v1/payments/" + id;
  if (id.starts_with("acc_")) return "/v1/accounts/" + id;
  if (id.starts_with("trf_")) return "/v1/transfers/" + id;
  return {};
}

std::optional<std::string> check(World& world, const AcknowledgedAnswer& one) {
  net::ClientRequest again = made(world, "POST", one.path);
  again.body = one.request;
  again.headers.add("Content-Type", "application/json");
  again.headers.add("Idempotency-Key", one.key);
  const auto answer = net::send_and_wait(world.http(), std::move(again));
  if (!answer || answer->status != one.status || answer->body != one.answer ||
      answer->headers.find("Idempotent-Replayed") != "true") {
    return fmt::format("{} {} was answered {} {}, and now {}", one.path, one.key, one.status,
                       one.answer.substr(0, 300), describe(answer));
  }
  const std::string path = path_of(one);
  if (path.empty()) return std::nullopt;
  const auto found = net::send_and_wait(world.http(), made(world, "GET", path));
  if (found && found->status == 200) return std::nullopt;
  return fmt::format("{} was made by {} and is not there: {}", path, one.key, describe(found));
}

}  // namespace

void Acknowledged::note(AcknowledgedAnswer one) {
  const std::lock_guard lock(mutex_);
  file_ << fmt::format(R"({{"path":{},"key":{},"request":{},"status":{},"answer":{}}})",
                       codec::to_json(one.path), codec::to_json(one.key),
                       codec::to_json(one.request), one.status, codec::to_json(one.answer))
        << std::endl;
  answers_.push_back(std::move(one));
}

std::size_t Acknowledged::count() const {
  const std::lock_guard lock(mutex_);
  return answers_.size();
}

std::vector<std::string> Acknowledged::compare(World& world) const {
  std::vector<AcknowledgedAnswer> answers;
  {
    const std::lock_guard lock(mutex_);
    answers = answers_;
  }
  std::vector<std::string> findings;
  for (const AcknowledgedAnswer& one : answers) {
    if (auto finding = check(world, one)) findings.push_back(std::move(*finding));
  }
  return findings;
}

}  // namespace remit::app
