#pragma once

#include "kit/base/result.h"
#include "lab/bank/json.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// What can go wrong with one call. "before" and "after" say whether it took effect.
enum class Fault : std::uint8_t {
  None,
  Slow,               ///< The right answer, late.
  TimeoutBefore,      ///< Nothing happens and no answer comes.
  TimeoutAfter,       ///< It happens and no answer comes.
  ServerErrorBefore,  ///< 500, and nothing happened.
  ServerErrorAfter,   ///< 500, and it happened all the same.
  TooManyRequests,    ///< 429 with Retry-After.
  Rejected,           ///< Of a payment: accepted, and RJCT later.
  InsufficientFunds,  ///< Of a payment: RJCT at once, AM04. Of funds: not available.
  WrongStatus,        ///< Of a payment's status: an earlier one than was told before.
  BadSignature,       ///< The answer's `x-jws-signature`, or the event, does not verify.
  Lost,               ///< Of an event: nobody is told.
  Duplicate,          ///< Of an event: it is told again after it was acknowledged.
  UnknownPayment,  ///< Of an event: another one, about a payment that nobody made, comes with it.
  Narrowed,        ///< Of a registration: the answer leaves out what the bank need not say.
  Weakened,        ///< Of a registration: the answer grants RS256 for id tokens instead of PS256.
  OutOfService,    ///< 503, and nothing happened.
  Unreadable,      ///< Of a name check: a page instead of a report.
  Contradiction,   ///< Of a name check: it matched, and the name is another.
};
enum class Call : std::uint8_t {
  Token,
  StageConsent,
  ReadConsent,
  SubmitPayment,
  ReadPayment,
  ConfirmFunds,
  Event,             ///< No call: an event is about to be told.
  Events,            ///< Subscriptions and polling.
  Registration,      ///< Of clients: all four methods.
  NameVerification,  ///< Confirmation of Payee.
};

/// "timeout_after", as the sandbox port spells it.
std::string_view fault_name(Fault fault);
/// "token", "consent", "consent_read", "payment", "payment_read", "funds_confirmation", "event", "events",
/// "registration", "name_verification".
std::string_view call_name(Call call);

/// Decides what goes wrong. One-shots come first, each for the next call of its kind. Then rates: a
/// draw follows from the seed, the call, the id and how often that id was called before, so a run
/// can be repeated, and a retry gets a draw of its own.
class Faults {
 public:
  explicit Faults(std::uint64_t seed) : seed_(seed) {}

  Fault draw(Call call, std::string_view id);

  /// `{"seed": 7, "rates": [{"call": "payment", "fault": "timeout_after", "per_mille": 50}],
  /// "one_shots": [{"call": "payment", "fault": "server_error_after", "count": 1}]}`. Members may be
  /// absent; `seed` and `rates` replace, `one_shots` are added. All or nothing. Fails with
  /// InvalidArgument `faults_invalid`.
  Result<void> configure(const json::object& document);
  /// The same form.
  json::object to_json() const;

 private:
  struct Rate {
    Call call;
    Fault fault;
    std::uint32_t per_mille = 0;
  };
  struct OneShot {
    Call call;
    Fault fault;
  };
  static Result<std::vector<Rate>> parse_rates(const json::value& list);
  static Result<std::deque<OneShot>> parse_one_shots(const json::value& list);

  std::uint64_t seed_;
  std::vector<Rate> rates_;
  std::deque<OneShot> one_shots_;
  std::map<std::string, std::uint64_t, std::less<>>
      calls_;  ///< By call and id; kept while rates are.
};

}  // namespace remit::lab::bank
