#pragma once

#include "kit/base/random.h"
#include "kit/engine/engines.h"
#include "kit/flow/derived_flow.h"
#include "kit/net/problem.h"
#include "kit/net/router.h"
#include "kit/service/log.h"
#include "kit/store/read_database.h"
#include "pay/api/caller.h"
#include "pay/api/in_flight.h"
#include "pay/api/operation.h"
#include "pay/api/problems.h"
#include "pay/api/query.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace remit::api {

/// Longest wait of a list for the position that `Remit-Min-Position` names.
inline constexpr Duration kMinPositionPatience = std::chrono::seconds(10);
/// Bytes of an Idempotency-Key.
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;

/// A request of an authenticated caller, on its way through an endpoint.
struct Request {
  net::HttpRequest http;
  std::map<std::string, std::string, std::less<>> parameters;
  std::string_view route;
  Caller caller;
  Query query = {};  ///< Holds nothing that the operation does not name.
};

/// Where lists of one partition are answered from.
struct ReadSide {
  flow::DerivedFlow* flow = nullptr;
  store::ReadQueries* queries = nullptr;
};

/// What all endpoints share: who asks, idempotency, the way to the engine and to the read models, and how answers and
/// errors look. Endpoints are added before the first request; everything else is thread safe.
class Gateway {
 public:
  struct Ports {
    engine::Engines& engines;
    const Authenticator& authenticator;
    Clock& clock;
    Entropy& entropy;
    /// By partition number of the clients' partitions.
    std::map<std::uint64_t, ReadSide> read_sides;
    /// Keys the hash of requests in receipts, so that a receipt does not give the request away. 32 bytes, kept for ever.
    Bytes receipt_key;
    RateLimit key_limit{};                ///< Of a key that has no limit of its own.
    RateLimit address_limit{};            ///< Of a remote address that shows no valid key.
    std::uint32_t key_in_flight_max = 0;  ///< Requests of a key under way at once; 0: no bound.
    /// Told the reason of each 500; nullopt where nobody serves, as when only the documents are made.
    std::optional<service::Logger> log = std::nullopt;
  };
  using Endpoint = std::function<void(Request, net::Responder)>;

  explicit Gateway(Ports ports);

  /// An endpoint that the documents tell of, for callers with its scope.
  void add(Operation operation, Endpoint endpoint);
  /// A page for anybody's browser, which is no part of the API. The request has no caller.
  void add_page(std::string_view method, std::string_view pattern, Endpoint endpoint);
  /// What codes mean that operations name; each once.
  void explain(std::span<const ProblemKind> problems);
  void handle(net::HttpRequest request, net::Responder respond);
  const std::deque<Operation>& operations() const { return operations_; }
  const std::vector<ProblemKind>& problems() const { return problems_; }

  /// A new id for what a request creates.
  TypeId make_id(std::string_view prefix);
  /// An id that the same request under the same Idempotency-Key always gets, and no other: for what takes an effect before its
  /// command. Fails as an Idempotency-Key that is missing or malformed does.
  Result<TypeId> derive_id(std::string_view prefix, const Request& request) const;
  /// The answer that tells the error, with the status that the catalogue gives to its code.
  net::HttpResponse problem(const Error& error) const;

  /// Submits the command under the request's Idempotency-Key, and answers with `status` and what `render` makes of the
  /// answer, a text or a Result of one. `render` runs on the engine's thread.
  template <engine::Command C, class Render>
  void execute(const Request& request, C command, int status, net::Responder respond,
               Render render) {
    Result<engine::CommandContext> context = context_of(request);
    if (!context) return respond(net::problem_response(context.error()));
    engines()
        .of(request.caller.client)
        .submit(std::move(*context), std::move(command),
                [this, status, render = std::move(render),
                 respond = std::move(respond)](Result<engine::Answered> answer) mutable {
                  if (!answer) return respond(problem(answer.error()));
                  Result<typename C::Answer> decoded =
                      codec::decode<typename C::Answer>(answer->body);
                  CHECK(decoded.has_value(), "{}", decoded.error().describe());
                  Result<std::string> body = render(*decoded);
                  // The command has happened; whoever asks again with the same key gets its answer then.
                  if (!body) return respond(problem(body.error()));
                  respond(with_position(status, std::move(*body), *answer));
                });
  }

  /// Answers with 200 and what `look` makes of the states as they are, or its error. `look` runs on the engine's thread.
  void query(const Request& request, net::Responder respond,
             std::move_only_function<Result<std::string>(engine::ReadView&)> look);

  /// Answers with 200 and what `look` makes of the read model, once that holds `Remit-Min-Position`. `look` runs on the
  /// queries' thread.
  void list(const Request& request, net::Responder respond,
            std::move_only_function<Result<std::string>(sqlite::Database&)> look);

  /// Runs `look` on the queries' thread once the read model holds `Remit-Min-Position`: for what reads rows first and then
  /// does something else. `look` answers.
  void with_rows(const Request& request, net::Responder respond,
                 std::move_only_function<void(sqlite::Database&, net::Responder)> look);

  engine::Engines& engines() { return ports_.engines; }
  Clock& clock() { return ports_.clock; }
  const RateLimits& rate_limits() const { return rate_limits_; }
  const InFlight& in_flight() const { return in_flight_; }

 private:
  Result<engine::CommandContext> context_of(const Request& request);
  Result<Hash256> hash_of(const Request& request) const;
  /// By the caller's key, or by the address when there is none.
  RateDecision take(const net::HttpRequest& request, const Caller* caller);
  /// The query, once the caller may do it and nothing came that the operation does not name.
  static Result<Query> check(const net::HttpRequest& request, const Caller& caller,
                             const Operation& operation);
  static net::HttpResponse with_position(int status, std::string body,
                                         const engine::Answered& answer);

  Ports ports_;
  RateLimits rate_limits_;
  InFlight in_flight_;
  net::Router router_;
  std::deque<Operation> operations_;
  std::vector<ProblemKind> problems_;
  std::mutex random_mutex_;
  SeededRandom random_;
};

/// What reading rows failed with, for the answer: what a disk or a database says of itself becomes an Internal error, which
/// the log has whole and the client does not. A read leaves no outcome unknown. Whatever a request got wrong stays as it is.
Error when_rows_fail(Error error);

}  // namespace remit::api
