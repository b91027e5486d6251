#include "kit/base/planted.h"
#include "kit/net/router.h"
#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/messages.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"
#include "rails/open_banking_uk/outcome.h"

#include <fmt/format.h>

/// Step 5, continued: evidence for a submission whose outcome nobody heard. First the consent is read, which is free of
/// effects; a bank that has taken the order has consumed it. Then, within the bank's window only, the identical order is
/// sent under its key: whether the bank had it or not, it answers with the one order that the key stands for.
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

/// `refusal_counts`: the consent was unused and the first request can no longer arrive, so a refusal now is the last word.
/// Otherwise it may be about the replay alone, such as a token that has expired since.
Resolution from_replay(const SubmissionOutcome& outcome, bool refusal_counts) {
  if (const auto* accepted = std::get_if<Accepted>(&outcome)) {
    return FoundExecuted{accepted->report, "idempotent_replay"};
  }
  if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
    if (refusal_counts) return FoundNotExecuted{"refused_on_replay", rejected->error.message};
    return StillUnknown{rejected->error.message};
  }
  if (const auto* unknown = std::get_if<Unknown>(&outcome))
    return StillUnknown{unknown->error.message};
  return StillUnknown{std::get<NotSent>(outcome).error.message};
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
  const Timestamp now = bank_.ports().clock.now();
  const Duration deadline = bank_.options().request_deadline;
  if (bank_.options().quirks.ignores_idempotency_key)
    return now > submission.sent_before + deadline;
  // A replay of which nobody lived to tell was made within the window at the latest.
  const Timestamp last_replay =
      submission.first_sent_at + (bank_.options().idempotency_window - kWindowMargin);
  return now > submission.sent_before + deadline && now > last_replay + deadline;
}

void OpenBankingUkRail::resolve(Submission submission, rails::Callback<Result<Resolution>> done) {
  auto kept = std::make_shared<Submission>(std::move(submission));
  bank_.call_as_client(
      {.method = "GET",
       .path = "/domestic-payment-consents/" + net::percent_encode(kept->consent_id),
       .token = {},
       .idempotency_key = {},
       .body = {}},
      [this, kept, done = std::move(done)](Result<ApiAnswer> consent) mutable {
        if (!consent) return done(Resolution(StillUnknown{consent.error().message}));
        resolve_by_consent(kept, *consent, std::move(done));
      });
}

void OpenBankingUkRail::resolve_by_consent(const std::shared_ptr<Submission>& submission,
                                           const ApiAnswer& consent,
                                           rails::Callback<Result<Resolution>> done) {
  const ConsentState state = state_of(consent, submission->consent_id);
  if (state == ConsentState::Refused) {
    return done(Resolution(FoundNotExecuted{"consent_rejected", "The bank refused the consent."}));
  }
  if (state == ConsentState::Unreadable)
    return done(Resolution(StillUnknown{describe_errors(consent)}));
  const bool deadline_passed =
      bank_.ports().clock.now() > submission->sent_before + bank_.options().request_deadline;
  if (within_window(*submission)) {
    const bool refusal_counts = state == ConsentState::Unused && deadline_passed;
    return submit(*submission, [submission, refusal_counts,
                                done = std::move(done)](const SubmissionOutcome& outcome) mutable {
      done(from_replay(outcome, refusal_counts));
    });
  }
  if (state == ConsentState::Unused && nothing_can_arrive(*submission)) {
    return done(Resolution(
        FoundNotExecuted{"consent_not_consumed",
                         "The consent is still unused and the request's deadline has passed."}));
  }
  if (state == ConsentState::Unused) {
    return done(Resolution(StillUnknown{
        "The consent is unused, but a request may still arrive; this is looked at again."}));
  }
  done(Resolution(StillUnknown{
      "The consent is consumed and the bank's window for a replay is over; ask the bank "
      "for the order, or look at a statement."}));
}

}  // namespace remit::rails::open_banking_uk
