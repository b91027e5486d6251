#include "kit/base/planted.h"
#include "kit/net/router.h"
#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/messages.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"

#include <fmt/format.h>

/// Step 5, continued: evidence for a submission whose outcome nobody heard. The consent is read, which is free of effects; a
/// bank that has taken the order has consumed it. Within the bank's window the identical order may then be sent under its
/// key: whether the bank had it or not, it answers with the one order that the key stands for.
namespace remit::rails::open_banking_uk {
namespace {

/// The bank's window is measured by its clock; we stay well inside.
constexpr auto kWindowMargin = std::chrono::hours(1);

enum class ConsentState : std::uint8_t { Unreadable, Unused, Consumed, Refused };

ConsentState state_of(const ApiAnswer& answer, const std::string& consent_id) {
  if (answer.distrust || answer.status != 200 || !answer.body) return ConsentState::Unreadable;
  if (id_text(*answer.body, {"Data", "ConsentId"}) != consent_id) return ConsentState::Unreadable;
  const std::string status = text(*answer.body, {"Data", "Status"});
  if (is_one_of(status, {"COND", "Consumed"})) return ConsentState::Consumed;
  if (is_one_of(status, {"AUTH", "Authorised"})) return ConsentState::Unused;
  if (is_one_of(status, {"RJCT", "Rejected"})) return ConsentState::Refused;
  return ConsentState::Unreadable;
}

}  // namespace

bool OpenBankingUkRail::within_window(const Submission& submission) {
  if (planted(Bug::ReplayOutsideWindow)) return true;
  if (bank_.options().quirks.ignores_idempotency_key) return false;
  const Duration age = bank_.ports().clock.now() - submission.first_sent_at;
  return age >= Duration{0} && age < bank_.options().idempotency_window - kWindowMargin;
}

bool OpenBankingUkRail::nothing_can_arrive(const Submission& submission) {
  if (planted(Bug::NotFoundBelievedEarly)) return true;
  return bank_.ports().clock.now() > submission.sent_before + bank_.options().request_deadline;
}

void OpenBankingUkRail::resolve(Submission submission, rails::Callback<Result<Resolution>> done) {
  // Before the consent is asked for, since what it says is of then.
  const bool is_over = nothing_can_arrive(submission);
  ApiCall call{.method = "GET",
               .path = "/domestic-payment-consents/" + net::percent_encode(submission.consent_id),
               .token = {},
               .idempotency_key = {},
               .body = {}};
  bank_.call_as_client(std::move(call),
                       [this, is_over, submission = std::move(submission),
                        done = std::move(done)](Result<ApiAnswer> consent) mutable {
                         if (!consent)
                           return done(Resolution(StillUnknown{consent.error().message}));
                         done(resolution_of(submission, *consent, is_over));
                       });
}

Resolution OpenBankingUkRail::resolution_of(const Submission& submission, const ApiAnswer& consent,
                                            bool is_over) {
  const ConsentState state = state_of(consent, submission.consent_id);
  if (state == ConsentState::Refused)
    return FoundNotExecuted{"consent_rejected", "The bank refused the consent."};
  if (state == ConsentState::Unreadable) return StillUnknown{describe_errors(consent)};
  const bool replays = within_window(submission);
  if (state == ConsentState::Consumed) {
    if (replays) return ReplayAllowed{};
    return StillUnknown{
        "The consent is consumed and the bank's window for a replay is over; ask the bank "
        "for the order, or look at a statement."};
  }
  if (replays && !submission.refused) return ReplayAllowed{};
  if (is_over) {
    return FoundNotExecuted{"consent_not_consumed",
                            "The consent is still unused and the request's deadline has passed."};
  }
  return StillUnknown{
      "The consent is unused, but a request may still arrive; this is looked at again."};
}

}  // namespace remit::rails::open_banking_uk
