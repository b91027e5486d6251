#include "pay/payments/commands.h"
#include "pay/payments/rules.h"

/// Steps 3 and 4 of a payment's life: the consent, the payer's return and the token.
namespace remit::payments {

Result<Recorded> decide(engine::View& view, const RecordConsent& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  // Cancelled or expired while the bank was asked: the consent stays unused.
  if (payment.state != PaymentState::Created) return Recorded{};
  if (command.refused) {
    TRY_VOID(reject(view, payment, *command.refused));
  } else {
    view.emit(payment.id, PaymentConsentCreated{command.consent});
  }
  return Recorded{};
}

Result<Payment> decide(engine::View& view, const AuthorisePayment& command) {
  const ConsentState* found = view.find<ConsentState>(consent_state_id(command.state));
  if (found == nullptr) {
    return fail(ErrorCode::NotFound, "state_unknown",
                "No payment waits for this answer of the bank; start again from the shop.",
                "state");
  }
  const Payment payment = TRY(find_payment(view, found->payment));
  if (payment.state != PaymentState::AwaitingAuthorisation) {
    return fail(ErrorCode::FailedPrecondition, "authorisation_not_awaited",
                "The payment no longer waits for the payer: it was approved before, or has ended.",
                "state");
  }
  if (command.refused) {
    TRY_VOID(reject(view, payment, *command.refused));
  } else {
    view.emit(payment.id, PaymentAuthorisationReceived{command.code});
  }
  return view.get<Payment>(payment.id);
}

Result<Recorded> decide(engine::View& view, const RecordAuthorisation& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  if (payment.state != PaymentState::AuthorisationReceived) return Recorded{};
  if (command.refused) {
    TRY_VOID(reject(view, payment, *command.refused));
  } else {
    view.emit(payment.id, PaymentAuthorised{command.access_token, command.access_expires_at,
                                            command.refresh_token});
  }
  return Recorded{};
}

Result<Payment> decide(engine::View& view, const RecordRefresh& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  if (!payment.access_token.empty()) {
    view.emit(payment.id, PaymentTokenRefreshed{command.access_token, command.access_expires_at,
                                                command.refresh_token});
  }
  return view.get<Payment>(payment.id);
}

}  // namespace remit::payments
