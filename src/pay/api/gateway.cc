#include "pay/api/gateway.h"

#include "kit/base/hash.h"
#include "kit/net/address_bucket.h"
#include "kit/service/fault_log.h"
#include "kit/service/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace remit::api {
namespace {

constexpr int kUnprocessable = 422;

std::uint64_t seed_from(Entropy& entropy) {
  std::uint64_t seed = 0;
  entropy.fill(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

Result<std::string> idempotency_key(const net::HttpRequest& request) {
  const auto key = request.headers.find("Idempotency-Key");
  const bool printable =
      key && std::ranges::all_of(*key, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!key || key->empty() || key->size() > kIdempotencyKeyBytesMax || !printable ||
      request.headers.count("Idempotency-Key") != 1) {
    return fail(ErrorCode::InvalidArgument,
                key ? "idempotency_key_invalid" : "idempotency_key_missing",
                fmt::format("Send one Idempotency-Key of 1 to {} visible ASCII characters, new for "
                            "each new request and the same when you try again.",
                            kIdempotencyKeyBytesMax),
                "Idempotency-Key");
  }
  return std::string(*key);
}

/// What tables hold.
constexpr auto kPositionMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Error position_unknown(std::uint64_t position) {
  return {ErrorCode::FailedPrecondition, "position_unknown",
          fmt::format("Nothing was written at position {} yet; give a newer answer's "
                      "Remit-Min-Position, or none.",
                      position),
          "Remit-Min-Position", nullptr};
}

Result<std::optional<std::uint64_t>> min_position(const net::HttpRequest& request) {
  const auto text = request.headers.find("Remit-Min-Position");
  if (!text) return std::optional<std::uint64_t>();
  const bool once = request.headers.count("Remit-Min-Position") == 1;
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), position);
  if (!once || error != std::errc() || end != text->data() + text->size() ||
      position > kPositionMax) {
    return fail(ErrorCode::InvalidArgument, "min_position_invalid",
                "Remit-Min-Position is the number that an earlier answer gave, once.",
                "Remit-Min-Position");
  }
  return std::optional(position);
}

/// RFC 9110 section 8.3: what has no body needs no type, and parameters such as the charset say nothing new of JSON.
bool is_json(const net::HttpRequest& request) {
  if (request.body.empty()) return true;
  const std::string_view whole = request.headers.find("Content-Type").value_or("");
  std::string_view type = whole.substr(0, whole.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return std::ranges::equal(type, std::string_view("application/json"), {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

net::Responder with_rate_fields(net::Responder respond, const RateDecision& rate) {
  if (rate.limit.unlimited()) return respond;
  return [respond = std::move(respond), rate](net::HttpResponse response) mutable {
    add_rate_fields(response.headers, rate);
    respond(std::move(response));
  };
}

/// Until the answer is given, or dropped.
net::Responder with_slot(net::Responder respond, InFlight::Slot slot) {
  return [respond = std::move(respond), slot = std::move(slot)](
             net::HttpResponse response) mutable { respond(std::move(response)); };
}

net::HttpResponse concurrency_limited_response(std::uint32_t most) {
  net::HttpResponse response = net::to_response(
      {.status = 429,
       .code = "concurrency_limited",
       .detail = fmt::format("{} requests of this key are under way; wait for an answer.", most),
       .field = {}});
  response.headers.add("Retry-After", "1");
  return response;
}

}  // namespace

bool Caller::may(Scope scope) const {
  return std::ranges::find(scopes, scope) != scopes.end();
}

Gateway::Gateway(Ports ports)
    : ports_(std::move(ports)), rate_limits_(ports_.clock), random_(seed_from(ports_.entropy)) {
  explain(shared_problems());
}

RateDecision Gateway::take(const net::HttpRequest& request, const Caller* caller) {
  if (caller == nullptr) {
    return rate_limits_.take(net::address_bucket(request.peer.address), ports_.address_limit);
  }
  return rate_limits_.take(caller->limited_as.to_string(),
                           caller->limit.value_or(ports_.key_limit));
}

Result<Query> Gateway::check(const net::HttpRequest& request, const Caller& caller,
                             const Operation& operation) {
  if (operation.scope && !caller.may(*operation.scope)) {
    return fail(ErrorCode::PermissionDenied, "scope_missing",
                fmt::format("This key lacks the scope {}; use one that has it.",
                            codec::json_name(*operation.scope)));
  }
  if (!operation.request && !request.body.empty()) {
    return fail(ErrorCode::InvalidArgument, "body_unexpected",
                "This operation takes no body; send none.");
  }
  // Also where this very request would not be answered from a list.
  if (std::ranges::find(operation.ways, Way::List) != operation.ways.end()) {
    TRY(min_position(request));
  }
  std::vector<std::string_view> known;
  for (const Parameter& parameter : operation.query) known.push_back(parameter.name);
  return Query::parse(request.query, known);
}

void Gateway::add(Operation operation, Endpoint endpoint) {
  // Operations stay where they are: routes refer to them.
  const Operation& added = operations_.emplace_back(std::move(operation));
  router_.add(
      added.method, added.path,
      [this, &added, endpoint = std::move(endpoint)](net::RoutedRequest routed,
                                                     net::Responder respond) {
        Result<Caller> caller =
            added.scope ? ports_.authenticator.authenticate(routed.request) : Caller();
        const RateDecision rate = take(routed.request, added.scope && caller ? &*caller : nullptr);
        if (!rate.admitted) return respond(rate_limited_response(rate));
        respond = with_rate_fields(std::move(respond), rate);
        if (!caller) return respond(net::problem_response(caller.error()));
        if (added.scope) {
          auto slot = in_flight_.take(caller->limited_as.to_string(), ports_.key_in_flight_max);
          if (!slot) return respond(concurrency_limited_response(ports_.key_in_flight_max));
          respond = with_slot(std::move(respond), *std::move(slot));
        }
        Result<Query> query = check(routed.request, *caller, added);
        if (!query) return respond(net::problem_response(query.error()));
        if (!is_json(routed.request)) {
          return respond(
              net::to_response({.status = 415,
                                .code = "content_type_unsupported",
                                .detail = "Send JSON, with Content-Type: application/json.",
                                .field = "Content-Type"}));
        }
        endpoint({std::move(routed.request), std::move(routed.parameters), routed.route,
                  std::move(*caller), std::move(*query)},
                 std::move(respond));
      });
}

void Gateway::add_page(std::string_view method, std::string_view pattern, Endpoint endpoint) {
  router_.add(
      method, pattern,
      [this, endpoint = std::move(endpoint)](net::RoutedRequest routed, net::Responder respond) {
        const RateDecision rate = take(routed.request, nullptr);
        if (!rate.admitted) return respond(rate_limited_response(rate));
        endpoint({std::move(routed.request), std::move(routed.parameters), routed.route, {}},
                 std::move(respond));
      });
}

void Gateway::explain(std::span<const ProblemKind> problems) {
  for (const ProblemKind& problem : problems) {
    const bool twice =
        std::ranges::find(problems_, problem.code, &ProblemKind::code) != problems_.end();
    CHECK(!twice, "{} is explained twice", problem.code);
    problems_.push_back(problem);
  }
}

void Gateway::handle(net::HttpRequest request, net::Responder respond) {
  std::variant<net::Router::Found, net::HttpResponse> found = router_.find(request);
  if (auto* nobody = std::get_if<net::HttpResponse>(&found)) {
    // Whoever looks for what is not there is limited like other strangers.
    const RateDecision rate = take(request, nullptr);
    return respond(rate.admitted ? std::move(*nobody) : rate_limited_response(rate));
  }
  auto& route = std::get<net::Router::Found>(found);
  if (ports_.log) {
    respond = service::with_fault_log(*ports_.log, request, route.pattern, std::move(respond));
  }
  std::move(route).serve(std::move(request), std::move(respond));
}

TypeId Gateway::make_id(std::string_view prefix) {
  const std::lock_guard lock(random_mutex_);
  return TypeId::make(prefix, ports_.clock.now(), random_);
}

Result<TypeId> Gateway::derive_id(std::string_view prefix, const Request& request) const {
  const std::string key = TRY(idempotency_key(request.http));
  const Hash256 hash = TRY(hash_of(request));
  return TypeId::derive(prefix, request.caller.client,
                        fmt::format("{} {}", to_hex(view_of(hash)), key));
}

net::HttpResponse Gateway::problem(const Error& error) const {
  net::Problem problem = net::to_problem(error);
  const auto kind = std::ranges::find(problems_, problem.code, &ProblemKind::code);
  // 409 and 422 are one ErrorCode; which of them it is stands in the catalogue alone.
  if (kind == problems_.end() || kind->status != kUnprocessable)
    return net::problem_response(error);
  problem.status = kUnprocessable;
  return net::to_response(problem);
}

Result<engine::CommandContext> Gateway::context_of(const Request& request) {
  engine::CommandContext context;
  context.command = make_id("cmd");
  context.client = request.caller.client;
  context.actor = fmt::format("key:{}", request.caller.key.to_string());
  if (const auto parent = request.http.headers.find("traceparent")) {
    if (const auto trace = service::parse_traceparent(*parent)) {
      context.trace = {trace->trace_id, trace->span_id, trace->flags};
    }
  }
  // The other methods are idempotent by themselves (RFC 9110 section 9.2.2), but for PATCH, which sets fields here.
  if (request.http.method == "POST" || request.http.headers.find("Idempotency-Key")) {
    context.idempotency =
        engine::Idempotency{TRY(idempotency_key(request.http)), TRY(hash_of(request))};
  }
  return context;
}

Result<Hash256> Gateway::hash_of(const Request& request) const {
  const std::string whole = fmt::format("{}\n{}?{}\n{}", request.http.method, request.http.path,
                                        request.http.query, request.http.body);
  return hmac_sha256(ports_.receipt_key, as_bytes(whole));
}

net::HttpResponse Gateway::with_position(int status, std::string body,
                                         const engine::Answered& answer) {
  net::HttpResponse response = net::json_response(status, std::move(body));
  response.headers.add("Remit-Min-Position", std::to_string(answer.position.value));
  if (answer.replayed) response.headers.add("Idempotent-Replayed", "true");
  return response;
}

void Gateway::query(const Request& request, net::Responder respond,
                    std::move_only_function<Result<std::string>(engine::ReadView&)> look) {
  auto found = std::make_shared<Result<std::string>>();
  engines()
      .of(request.caller.client)
      .query(
          [found, look = std::move(look)](engine::ReadView& view) mutable { *found = look(view); },
          [found, respond = std::move(respond)](Result<engine::Position> position) mutable {
            if (!position) return respond(net::problem_response(position.error()));
            if (!*found) return respond(net::problem_response(found->error()));
            net::HttpResponse response = net::json_response(200, std::move(**found));
            response.headers.add("Remit-Min-Position", std::to_string(position->value));
            respond(std::move(response));
          });
}

Error when_rows_fail(Error error) {
  const bool is_ours = error.code == ErrorCode::OutcomeUnknown || error.reason == "disk_full" ||
                       error.reason.starts_with("database_");
  if (!is_ours) return error;
  return std::move(error).wrap(ErrorCode::Internal, "read_model_unreadable",
                               "The read model cannot be read.");
}

void Gateway::list(const Request& request, net::Responder respond,
                   std::move_only_function<Result<std::string>(sqlite::Database&)> look) {
  with_rows(request, std::move(respond),
            [look = std::move(look)](sqlite::Database& rows, net::Responder answer) mutable {
              Result<std::string> body = look(rows);
              answer(body ? net::json_response(200, std::move(*body))
                          : net::problem_response(when_rows_fail(std::move(body).error())));
            });
}

void Gateway::with_rows(const Request& request, net::Responder respond,
                        std::move_only_function<void(sqlite::Database&, net::Responder)> look) {
  const Result<std::optional<std::uint64_t>> position = min_position(request.http);
  if (!position) return respond(net::problem_response(position.error()));
  const auto partition = engines().of(request.caller.client).partition();
  const auto side = ports_.read_sides.find(partition.value);
  CHECK(side != ports_.read_sides.end(), "partition {} has no read side", partition.value);
  store::ReadQueries* queries = side->second.queries;
  // Shared, since a refused query is dropped and the answer must not be.
  auto answer = std::make_shared<net::Responder>(std::move(respond));
  auto ask = [queries, answer, look = std::move(look)](bool reached) mutable {
    if (!reached) {
      return (*answer)(net::problem_response({ErrorCode::DeadlineExceeded,
                                              "position_not_reached",
                                              "The lists have not come that far yet; try again.",
                                              {},
                                              nullptr}));
    }
    const bool taken =
        queries->ask([answer, look = std::move(look)](sqlite::Database& rows) mutable {
          look(rows, std::move(*answer));
        });
    if (!taken) {
      (*answer)(net::problem_response({ErrorCode::Unavailable,
                                       "overloaded",
                                       "Too many lists are asked for; try again.",
                                       {},
                                       nullptr}));
    }
  };
  flow::DerivedFlow& flow = *side->second.flow;
  const flow::Cursor wanted(position->value_or(0));
  if (flow.status().checkpoint >= wanted) return ask(true);
  // What was never given is never reached: nobody waits for that.
  engines()
      .of(request.caller.client)
      .query([](engine::ReadView&) {},
             [&flow, wanted, answer, ask = std::move(ask)](Result<engine::Position> now) mutable {
               if (!now) return (*answer)(net::problem_response(now.error()));
               if (wanted.value > now->value) {
                 return (*answer)(net::problem_response(position_unknown(wanted.value)));
               }
               flow.when_reached(wanted, kMinPositionPatience, std::move(ask));
             });
}

}  // namespace remit::api
