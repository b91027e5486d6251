#include "kit/service/health.h"

#include "kit/base/check.h"
#include "kit/base/codec/json_writer.h"
#include "kit/net/problem.h"

#include <algorithm>

namespace remit::service {
namespace {

void write_check(codec::JsonWriter& writer, std::string_view name, const Result<void>& result) {
  writer.begin_object();
  writer.write_key("name");
  writer.write_string(name);
  writer.write_key("status");
  writer.write_string(result ? "ok" : "failing");
  if (!result) {
    // The reason only: probes are not authenticated, and messages may name paths.
    writer.write_key("reason");
    writer.write_string(result.error().reason);
  }
  writer.end_object();
}

bool asks_verbose(std::string_view query) {
  const auto fields = net::parse_form(query);
  return fields && std::ranges::any_of(*fields, [](const auto& field) {
           return field.first == "verbose" && field.second != "false";
         });
}

}  // namespace

void Health::add(Probe probe, std::string name, Check check) {
  const std::lock_guard lock(mutex_);
  for (const Named& known : checks_) {
    CHECK(known.probe != probe || known.name != name, "the check {} twice", name);
  }
  checks_.push_back({probe, std::move(name), std::move(check)});
}

void Health::set_draining() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
}

net::HttpResponse Health::answer(Probe probe, bool verbose) const {
  std::vector<Named> checks;
  bool draining = false;
  {
    const std::lock_guard lock(mutex_);
    checks = checks_;
    draining = draining_ && probe == Probe::Ready;
  }
  codec::JsonWriter list;
  list.begin_array();
  bool healthy = !draining;
  if (draining) {
    write_check(list, "draining",
                fail(ErrorCode::Unavailable, "draining", "The server is ending."));
  }
  for (const Named& one : checks) {
    if (one.probe != probe) continue;
    const Result<void> result = one.check();
    healthy &= result.has_value();
    if (verbose || !result) write_check(list, one.name, result);
  }
  list.end_array();
  codec::JsonWriter body;
  body.begin_object();
  body.write_key("status");
  body.write_string(healthy ? "ok" : "failing");
  body.write_key("checks");
  body.write_raw(list.text());
  body.end_object();
  auto response = net::json_response(healthy ? 200 : 503, body.take());
  response.headers.set("Cache-Control", "no-store");
  return response;
}

void Health::add_routes(net::Router& router) const {
  const auto route = [&](const char* path, Probe probe) {
    router.add("GET", path, [this, probe](net::RoutedRequest routed, net::Responder respond) {
      respond(answer(probe, asks_verbose(routed.request.query)));
    });
  };
  route("/livez", Probe::Live);
  route("/readyz", Probe::Ready);
}

}  // namespace remit::service
