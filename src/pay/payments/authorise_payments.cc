#include "pay/payments/payment_effect.h"

namespace remit::payments {

bool AuthorisePayments::wants(std::string_view type) const {
  return type == PaymentCreated::kType.name;
}

void AuthorisePayments::act(WorkPtr work) {
  if (work->payment.state != PaymentState::Created) return finish(work);
  Result<rails::Instruction> instruction = instruction_of(work->payment);
  if (!instruction) return fail(work, std::move(instruction).error());
  // A consent moves no money: one more after an unknown answer is harmless, and the key makes even that rare.
  work->rail->authorise(
      std::move(*instruction), work->payment.instruction_id + "-c",
      [this, work](Result<rails::ConsentCreated> created) {
        RecordConsent command{.id = work->payment.id};
        if (created) {
          command.consent = {.consent_id = std::move(created->consent_id),
                             .authorisation_url = std::move(created->authorisation_url),
                             .state = std::move(created->state),
                             .nonce = std::move(created->nonce),
                             .expires_at = created->expires_at};
          return record(work, std::move(command));
        }
        const ErrorCode code = created.error().code;
        if (created.error().transient() || code == ErrorCode::OutcomeUnknown) {
          return work->done(flow::Retry{std::move(created).error(), std::nullopt});
        }
        command.refused = Reason{created.error().reason, created.error().message};
        record(work, std::move(command));
      });
}

bool ExchangeCodes::wants(std::string_view type) const {
  return type == PaymentAuthorisationReceived::kType.name;
}

void ExchangeCodes::act(WorkPtr work) {
  const TypeId id = work->payment.id;
  work->done = [this, id, done = std::move(work->done)](flow::EffectOutcome outcome) mutable {
    // A record that is retried comes back for what its code was exchanged for.
    if (!std::holds_alternative<flow::Retry>(outcome)) held_.forget(id);
    done(std::move(outcome));
  };
  if (work->payment.state != PaymentState::AuthorisationReceived) return finish(work);
  if (const auto held = held_.find(id)) return record_grant(work, *held);
  exchange(work);
}

void ExchangeCodes::exchange(const WorkPtr& work) {
  Result<AuthorisationCode> code = ports_.sealer.open(work->payment.authorisation_code);
  if (!code) return fail(work, std::move(code).error());
  const Consent& consent = work->payment.consent;
  rails::Landing landing{.consent_id = consent.consent_id,
                         .nonce = consent.nonce,
                         .state = consent.state,
                         .code = std::move(code->code),
                         .id_token = std::move(code->id_token)};
  work->rail->exchange(std::move(landing), [this, work](Result<rails::Authorisation> granted) {
    if (granted) {
      // Before anything can fail: the bank takes the code once.
      held_.hold(work->payment.id, *granted);
      return record_grant(work, *granted);
    }
    if (granted.error().transient()) {
      return work->done(flow::Retry{std::move(granted).error(), std::nullopt});
    }
    // Also when the outcome is unknown: the bank takes a code once, and no money has moved.
    RecordAuthorisation command{.id = work->payment.id};
    command.refused = Reason{granted.error().reason, granted.error().message};
    record(work, std::move(command));
  });
}

void ExchangeCodes::record_grant(const WorkPtr& work, const rails::Authorisation& granted) {
  const TypeId& owner = work->payment.sealing_owner();
  RecordAuthorisation command{.id = work->payment.id, .access_expires_at = granted.expires_at};
  Result<codec::Sealed<std::string>> token = ports_.sealer.seal(owner, granted.access_token);
  if (!token) return fail(work, std::move(token).error());
  command.access_token = std::move(*token);
  if (!granted.refresh_token.empty()) {
    token = ports_.sealer.seal(owner, granted.refresh_token);
    if (!token) return fail(work, std::move(token).error());
    command.refresh_token = std::move(*token);
  }
  record(work, std::move(command));
}

}  // namespace remit::payments
