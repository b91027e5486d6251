#include "pay/api/problems.h"

#include "pay/api/operation.h"

#include <algorithm>
#include <array>

namespace remit::api {
namespace {

/// What brings a shared problem about.
enum class Occasion : std::uint8_t {
  Named,    ///< An operation of several owners names it.
  Server,   ///< Before an operation is found.
  Any,      ///< Any operation.
  Key,      ///< One that needs a key.
  Body,     ///< One that takes a body.
  NoBody,   ///< One that takes none.
  Page,     ///< One that lists in pages.
  Post,     ///< Execute by POST.
  Execute,  ///< The ways.
  Engine,   ///< Execute or Query.
  List,
};

struct Shared {
  Occasion occasion;
  ProblemKind kind;
};

constexpr std::string_view kNewKey = "Make a new key, or ask an operator for one.";
constexpr std::string_view kTryAgain =
    "Wait as long as Retry-After says and send the same again, with the same Idempotency-Key.";

constexpr auto kShared = std::to_array<Shared>({
    {Occasion::Named,
     {"amount_out_of_range", 400, "The amount is below what can be moved, or above.",
      "Give an amount within the range that detail names."}},
    {Occasion::Named,
     {"name_invalid", 400, "A name is empty or too long.",
      "Give a name as long as detail allows."}},
    {Occasion::Named,
     {"id_invalid", 400, "What stands where an id must be is none.",
      "Give an id as an answer gave it."}},

    {Occasion::Server,
     {"route_not_found", 404, "Nothing is served at this path.",
      "Compare the path with the reference."}},
    {Occasion::Server,
     {"method_not_allowed", 405, "The path is served, but not with this method.",
      "Use a method that the Allow header names."}},
    {Occasion::Server,
     {"expectation_failed", 417, "The request expects something that is not met.",
      "Send Expect: 100-continue, or no Expect."}},
    {Occasion::Server,
     {"request_timeout", 408, "The request did not arrive whole in time.",
      "Send it again, faster."}},
    {Occasion::Server,
     {"header_too_large", 431, "The header of the request is too large.",
      "Send fewer or shorter header fields."}},

    {Occasion::Any,
     {"bad_request", 400, "The request breaks HTTP.",
      "Send what RFC 9112 allows; detail says what is wrong."}},
    {Occasion::Any,
     {"query_malformed", 400, "The query of the URL is not name=value pairs.",
      "Percent-encode what is not a letter or digit."}},
    {Occasion::Any,
     {"query_unknown", 400, "The operation has no such query parameter.",
      "Leave it out, or correct its name; detail lists those that are known."}},
    {Occasion::Any, {"query_repeated", 400, "A query parameter is given twice.", "Give it once."}},
    {Occasion::Any,
     {"rate_limited", 429, "More requests came than the key or the address may make.",
      "Wait as long as Retry-After says."}},
    {Occasion::Key,
     {"concurrency_limited", 429, "As many requests of the key are under way as it may have.",
      "Wait for an answer to one of them; ask less at once."}},
    {Occasion::Any,
     {"internal", 500, "Something went wrong on the server's side.",
      "Send the same again with the same Idempotency-Key; tell the operator when it stays."}},

    {Occasion::Key,
     {"api_key_missing", 401, "The request carries no API key.",
      "Send Authorization: Bearer and the key."}},
    {Occasion::Key,
     {"api_key_malformed", 401, "What is sent is not one API key.",
      "Send one Authorization: Bearer header with the key as it was printed."}},
    {Occasion::Key, {"api_key_unknown", 401, "No such key exists.", kNewKey}},
    {Occasion::Key, {"api_key_revoked", 401, "The key was closed for good.", kNewKey}},
    {Occasion::Key, {"api_key_expired", 401, "The key's time is over.", kNewKey}},
    {Occasion::Key,
     {"client_suspended", 401, "An operator has suspended the client.", "Ask the operator."}},
    {Occasion::Key,
     {"scope_missing", 403, "The key may not do this.",
      "Use a key with the scope that detail names."}},
    {Occasion::Body,
     {"content_type_unsupported", 415, "The body is not declared as JSON.",
      "Send Content-Type: application/json."}},
    {Occasion::Key,
     {"body_too_large", 413, "The body is larger than the server takes.",
      "Send less in one request."}},

    {Occasion::NoBody, {"body_unexpected", 400, "The operation takes no body.", "Send none."}},
    {Occasion::Body,
     {"json_malformed", 400, "The body is not JSON (RFC 8259).",
      "Correct it; detail says where it breaks."}},
    {Occasion::Body,
     {"json_duplicate_key", 400, "An object names a member twice.", "Name it once."}},
    {Occasion::Body,
     {"json_too_deep", 400, "Values are nested too deeply.", "Send what the schema shows."}},
    {Occasion::Body,
     {"json_number_range", 400, "A number is outside of its range.",
      "Send a number within the range that detail names."}},
    {Occasion::Body,
     {"json_wrong_type", 400, "A value has another type than the schema says.",
      "Send the type that detail names."}},
    {Occasion::Body,
     {"json_wrong_format", 400, "A text is not written as the schema says.",
      "Write it as detail shows."}},
    {Occasion::Body,
     {"json_unknown_value", 400, "A text is none of those that are allowed.",
      "Send one that detail lists."}},
    {Occasion::Body,
     {"json_missing_field", 400, "A required member is absent.",
      "Add the member that field names."}},
    {Occasion::Body,
     {"json_unknown_field", 400, "A member is not known here.",
      "Remove it, or correct its name; detail lists those that are known."}},
    {Occasion::Body,
     {"json_too_large", 413, "The body holds more values than are taken.",
      "Send less in one request."}},
    {Occasion::Body,
     {"currency_unknown", 400, "A currency is no active ISO 4217 code.",
      "Send its three letters in capitals, such as GBP."}},

    {Occasion::Page,
     {"limit_invalid", 400, "limit is not a number of rows that a page may have.",
      "Give a number from 1 to 100."}},
    {Occasion::Page,
     {"cursor_invalid", 400, "The cursor was not given by this list.",
      "Use next_cursor of the page before as it is, or leave cursor out."}},

    {Occasion::Post,
     {"idempotency_key_missing", 400, "The request has no Idempotency-Key.",
      "Send one, new for each new request and the same when you try again."}},
    {Occasion::Execute,
     {"idempotency_key_invalid", 400,
      "The Idempotency-Key is not 1 to 255 visible ASCII characters, once.",
      "Use a random UUID, for example."}},
    {Occasion::Execute,
     {"idempotency_key_reused", 409, "The Idempotency-Key was used with another request.",
      "Use a new key for a new request."}},
    {Occasion::Execute,
     {"timers_full", 503, "The server waits for as many deadlines as it can.", kTryAgain}},
    {Occasion::Execute,
     {"append_refused", 503, "The journal did not take it; nothing happened.", kTryAgain}},
    {Occasion::Execute,
     {"checkpoint_behind", 503, "The server cannot save its state; nothing happened.", kTryAgain}},
    {Occasion::Execute,
     {"receipts_unreadable", 503,
      "Whether the request was made before cannot be told now; nothing happened.", kTryAgain}},
    {Occasion::Execute,
     {"keyring_locked", 503, "The keys that seal personal data are in use; nothing happened.",
      kTryAgain}},
    {Occasion::Execute,
     {"answer_unknown", 504, "Whether it happened is not known yet.",
      "Send the same again with the same Idempotency-Key: it happens once."}},

    {Occasion::Engine,
     {"overloaded", 503, "More is asked than can be taken now; nothing happened.", kTryAgain}},
    {Occasion::Engine,
     {"recovering", 503, "The server reads its journal again; nothing happened.", kTryAgain}},
    {Occasion::Engine,
     {"engine_stopped", 503, "The server is stopping; nothing happened.", kTryAgain}},
    {Occasion::Engine,
     {"partition_fenced", 503, "Another server has taken over; nothing happened.", kTryAgain}},
    {Occasion::Engine,
     {"journal_unavailable", 503, "The journal cannot be read or written; nothing happened.",
      kTryAgain}},
    {Occasion::Execute,
     {"keyring_failed", 503,
      "The keys that seal personal data cannot be used at the moment; nothing happened.",
      kTryAgain}},
    {Occasion::Execute,
     {"disk_full", 503, "The disk that the keys are on is full; nothing happened.", kTryAgain}},
    {Occasion::Engine,
     {"state_unreadable", 503, "The state cannot be read; nothing happened.", kTryAgain}},

    {Occasion::List,
     {"min_position_invalid", 400, "Remit-Min-Position is not one position.",
      "Send the number that an earlier answer gave, or leave it out."}},
    {Occasion::List,
     {"position_unknown", 409,
      "Nothing was written at Remit-Min-Position yet, such as after a restore.",
      "Give a newer answer's position, or leave it out."}},
    {Occasion::List,
     {"position_not_reached", 504, "The lists have not come as far as Remit-Min-Position.",
      "Ask again."}},
});

constexpr auto kKinds = [] {
  std::array<ProblemKind, kShared.size()> kinds{};
  for (std::size_t i = 0; i < kShared.size(); ++i) kinds.at(i) = kShared.at(i).kind;
  return kinds;
}();

bool concerns(Occasion occasion, const Operation& operation) {
  const auto goes = [&](Way way) {
    return std::ranges::find(operation.ways, way) != operation.ways.end();
  };
  switch (occasion) {
    case Occasion::Named:
    case Occasion::Server:
      return false;
    case Occasion::Any:
      return true;
    case Occasion::Key:
      return operation.scope.has_value();
    case Occasion::NoBody:
      return !operation.request.has_value();
    case Occasion::Body:
      return operation.request.has_value();
    case Occasion::Page:
      return std::ranges::find(operation.query, "cursor", &Parameter::name) !=
             operation.query.end();
    case Occasion::Post:
      return goes(Way::Execute) && operation.method == "POST";
    case Occasion::Execute:
      return goes(Way::Execute);
    case Occasion::Engine:
      return !operation.ways.empty();
    case Occasion::List:
      return goes(Way::List);
  }
  return false;
}

}  // namespace

std::span<const ProblemKind> shared_problems() {
  return kKinds;
}

std::vector<std::string_view> problem_codes(const Operation& operation) {
  std::vector<std::string_view> codes = operation.problems;
  for (const Shared& shared : kShared) {
    if (concerns(shared.occasion, operation)) codes.push_back(shared.kind.code);
  }
  return codes;
}

}  // namespace remit::api
