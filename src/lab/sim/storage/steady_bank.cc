#include "lab/sim/storage/steady_bank.h"

namespace remit::lab::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kRequestDeadline = seconds(30);

}  // namespace

template <class T>
void SteadyBank::answer(rails::Callback<T> done, T value) {
  // Several come at once and several apart, so that commits hold one payment or many.
  const Duration delay = milliseconds(5 + (++answers_ / 7 % 3) * 5);
  host_.timers().after(
      delay, [this, caller = callers_, done = std::move(done), value = std::move(value)]() mutable {
        if (caller == callers_) done(std::move(value));
      });
}

rails::StatusReport SteadyBank::executed(const std::string& key) {
  return {.bank_payment_id = "bank-" + key,
          .status = terms::PaymentStatus::Acsc,
          .raw_status = "AcceptedSettlementCompleted"};
}

rails::Capabilities SteadyBank::capabilities() const {
  return {.name = "steady",
          .idempotency_window = std::chrono::hours(24),
          .request_deadline = kRequestDeadline};
}

void SteadyBank::authorise(rails::Instruction instruction, std::string idempotency_key,
                           rails::Callback<Result<rails::ConsentCreated>> done) {
  answer<Result<rails::ConsentCreated>>(
      std::move(done),
      rails::ConsentCreated{.consent_id = "consent-" + idempotency_key,
                            .authorisation_url = "https://bank.example/authorise",
                            .state = "state-" + instruction.payment.to_string(),
                            .nonce = "nonce",
                            .expires_at = host_.clock().now() + std::chrono::hours(24)});
}

void SteadyBank::exchange(rails::Landing landing,
                          rails::Callback<Result<rails::Authorisation>> done) {
  using Answer = Result<rails::Authorisation>;
  // Codes are good once (RFC 6749 section 4.1.2); whoever died before he kept the token needs a new consent.
  if (!codes_used_.insert(landing.consent_id + landing.code).second) {
    return answer<Answer>(std::move(done), fail(ErrorCode::PermissionDenied, "code_used",
                                                "The code was used before."));
  }
  answer<Answer>(std::move(done),
                 rails::Authorisation{.access_token = "token",
                                      .expires_at = host_.clock().now() + std::chrono::hours(24)});
}

void SteadyBank::submit(rails::Submission submission,
                        rails::Callback<rails::SubmissionOutcome> done) {
  orders_.try_emplace(submission.idempotency_key,
                      Order{submission.instruction.payment, submission.instruction.amount});
  on_send_();
  answer<rails::SubmissionOutcome>(std::move(done),
                                   rails::Accepted{executed(submission.idempotency_key)});
}

void SteadyBank::resolve(rails::Submission submission,
                         rails::Callback<Result<rails::Resolution>> done) {
  rails::Resolution found = rails::StillUnknown{"not_found_too_early"};
  if (orders_.contains(submission.idempotency_key)) {
    found = rails::FoundExecuted{executed(submission.idempotency_key), "status_query"};
  } else if (host_.clock().now() >= submission.sent_before + kRequestDeadline) {
    found = rails::FoundNotExecuted{"not_found", "The bank has no such order."};
  }
  answer<Result<rails::Resolution>>(std::move(done), std::move(found));
}

void SteadyBank::status(std::string bank_payment_id,
                        rails::Callback<Result<rails::StatusReport>> done) {
  answer<Result<rails::StatusReport>>(std::move(done), executed(bank_payment_id.substr(5)));
}

}  // namespace remit::lab::sim
