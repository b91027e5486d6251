#include "kit/base/check.h"
#include "kit/base/planted.h"
#include "pay/payers/payer.h"
#include "pay/payments/events.h"

#include <array>

/// The transitions of a payment, and what each event does to its state.
namespace remit::payments {
namespace {

using enum PaymentState;

struct Transition {
  PaymentState from;
  PaymentState to;
};

/// Everything that may happen, in the order of a life; what is not here is a bug of the rules.
constexpr std::array kTransitions = {
    Transition{Created, AwaitingAuthorisation},
    Transition{Created, Rejected},
    Transition{Created, Cancelled},
    Transition{Created, Expired},
    Transition{AwaitingAuthorisation, AuthorisationReceived},
    Transition{AwaitingAuthorisation, Rejected},
    Transition{AwaitingAuthorisation, Cancelled},
    Transition{AwaitingAuthorisation, Expired},
    Transition{AuthorisationReceived, Authorised},
    Transition{AuthorisationReceived, Rejected},
    Transition{AuthorisationReceived, Cancelled},
    Transition{AuthorisationReceived, Expired},
    Transition{Authorised, Submitting},
    Transition{Authorised, Rejected},
    Transition{Authorised, Cancelled},
    Transition{Authorised, Expired},
    Transition{Submitting, Submitting},
    Transition{Submitting, OutcomeUnknown},
    Transition{Submitting, Submitted},
    Transition{Submitting, Rejected},
    Transition{OutcomeUnknown, Submitted},
    Transition{OutcomeUnknown, Rejected},
    Transition{Submitted, Executed},
    Transition{Submitted, Rejected},
    Transition{Executed, Settled},
};

Payment& change(engine::Changes& changes, const engine::EventContext& context) {
  Payment& payment = changes.change<Payment>(context.stream);
  payment.updated_at = context.time;
  return payment;
}

void become(Payment& payment, PaymentState next) {
  CHECK(may_become(payment.state, next), "payment {} from state {} to {}", payment.id.to_string(),
        static_cast<int>(payment.state), static_cast<int>(next));
  payment.state = next;
}

void end(engine::Changes& changes, Payment& payment, PaymentState final_state) {
  become(payment, final_state);
  const TypeId payer = payment.payer;
  payers::payment_ended(changes, payer);
}

}  // namespace

bool is_final(PaymentState state) {
  return state == Settled || state == Rejected || state == Cancelled || state == Expired;
}

bool may_become(PaymentState from, PaymentState to) {
  if (from == Submitting && to == Expired && planted(Bug::ExpiryWhileSubmitting)) return true;
  for (const Transition& transition : kTransitions) {
    if (transition.from == from && transition.to == to) return true;
  }
  return false;
}

const TypeId& Payment::sealing_owner() const {
  return payer.empty() || planted(Bug::SealedForTheClient) ? client : payer;
}

TypeId client_reference_id(const ClientId& client, std::string_view reference) {
  return TypeId::derive(ClientReference::kPrefix, client, reference);
}

TypeId consent_state_id(std::string_view state) {
  return TypeId::derive(ConsentState::kPrefix, as_bytes(state), "state");
}

void evolve(engine::Changes& changes, const PaymentCreated& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  payment.id = context.stream;
  payment.client = event.client;
  payment.amount = event.amount;
  payment.parties = event.parties;
  payment.reference = event.reference;
  payment.client_reference = event.client_reference;
  payment.instruction_id = event.instruction_id;
  payment.end_to_end_id = event.end_to_end_id;
  payment.rail = event.rail;
  payment.settles_on = event.settles_on;
  payment.expires_at = event.expires_at;
  payment.kind = event.kind;
  payment.refund_of = event.refund_of;
  payment.payee_verification = event.payee_verification;
  payment.payee_acknowledged = event.payee_acknowledged;
  payment.payer = event.payer;
  payment.created_at = context.time;
  payers::payment_opened(changes, event.payer, event.client);
  if (!event.client_reference.empty()) {
    const TypeId reference = client_reference_id(event.client, event.client_reference);
    changes.change<ClientReference>(reference).payment = context.stream;
  }
}

void evolve(engine::Changes& changes, const PaymentConsentCreated& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  become(payment, AwaitingAuthorisation);
  payment.consent = event.consent;
  changes.change<ConsentState>(consent_state_id(event.consent.state)).payment = context.stream;
}

void evolve(engine::Changes& changes, const PaymentAuthorisationReceived& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  become(payment, AuthorisationReceived);
  payment.authorisation_code = event.code;
}

void evolve(engine::Changes& changes, const PaymentAuthorised& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  become(payment, Authorised);
  payment.authorisation_code = {};
  payment.access_token = event.access_token;
  payment.access_expires_at = event.access_expires_at;
  payment.refresh_token = event.refresh_token;
}

void evolve(engine::Changes& changes, const PaymentTokenRefreshed& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  payment.access_token = event.access_token;
  payment.access_expires_at = event.access_expires_at;
  payment.refresh_token = event.refresh_token;
}

void evolve(engine::Changes& changes, const PaymentSubmissionStarted& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  become(payment, Submitting);
  if (payment.attempt.number != event.attempt) {
    payment.attempt = {.number = event.attempt,
                       .idempotency_key = event.idempotency_key,
                       .started_at = context.time};
  }
  payment.attempt.under_way = true;
  payment.attempt.sent_before = context.time;
}

void evolve(engine::Changes& changes, const PaymentNotSent& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  become(payment, Submitting);
  payment.attempt.under_way = false;
  ++payment.attempt.not_sent;
  if (event.answered) payment.attempt.answered = true;
  payment.reason = event.reason;
}

void evolve(engine::Changes& changes, const PaymentOutcomeUnknown& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  become(payment, OutcomeUnknown);
  // The start may be long before the call, when the journal was slow; this moment is certainly after it.
  if (!planted(Bug::LateHandOverForgotten)) payment.attempt.sent_before = context.time;
  payment.attempt.refused = event.refused;
  payment.reason = event.reason;
}

void evolve(engine::Changes& changes, const PaymentReplayStarted&,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  if (!planted(Bug::ReplayForgotten)) payment.attempt.sent_before = context.time;
}

void evolve(engine::Changes& changes, const PaymentReplayRefused& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  payment.attempt.refused = true;
  payment.reason = event.reason;
}

void evolve(engine::Changes& changes, const PaymentResolutionDue& event,
            const engine::EventContext& context) {
  change(changes, context).attempt.resolutions = event.number;
}

void evolve(engine::Changes& changes, const PaymentOperatorNeeded& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  payment.needs_operator = true;
  payment.reason = event.reason;
}

void evolve(engine::Changes& changes, const PaymentSubmitted& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  become(payment, Submitted);
  payment.bank_payment_id = event.bank_payment_id;
  payment.needs_operator = false;
  payment.reason = {};
}

void evolve(engine::Changes& changes, const PaymentStatusReported& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  payment.bank_status = event.status;
  payment.bank_status_raw = event.raw;
}

void evolve(engine::Changes& changes, const PaymentStatusDue& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  (event.bank_event.empty() ? payment.polls : payment.hints) = event.number;
}

void evolve(engine::Changes& changes, const PaymentExecuted&, const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  become(payment, Executed);
  payment.executed_at = context.time;
  payment.needs_operator = false;
  payment.access_token = {};
  payment.refresh_token = {};
}

void evolve(engine::Changes& changes, const PaymentSettled&, const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  payment.settled_at = context.time;
  payment.needs_operator = false;
  end(changes, payment, Settled);
}

void evolve(engine::Changes& changes, const PaymentRejected& event,
            const engine::EventContext& context) {
  Payment& payment = change(changes, context);
  payment.reason = event.reason;
  payment.needs_operator = false;
  payment.access_token = {};
  payment.refresh_token = {};
  end(changes, payment, Rejected);
}

void evolve(engine::Changes& changes, const PaymentCancelled&,
            const engine::EventContext& context) {
  end(changes, change(changes, context), Cancelled);
}

void evolve(engine::Changes& changes, const PaymentExpired&, const engine::EventContext& context) {
  end(changes, change(changes, context), Expired);
}

void evolve(engine::Changes& changes, const PaymentRefundPartyTold& event,
            const engine::EventContext& context) {
  change(changes, context).refund_party = event.party;
}

void evolve(engine::Changes& changes, const PaymentRefundStarted& event,
            const engine::EventContext& context) {
  change(changes, context).refunds.pending += event.amount;
}

void evolve(engine::Changes& changes, const PaymentRefundEnded& event,
            const engine::EventContext& context) {
  Refunds& refunds = change(changes, context).refunds;
  refunds.pending -= event.amount;
  if (event.executed) refunds.refunded += event.amount;
}

}  // namespace remit::payments
