#include "pay/payers/payer.h"
#include "pay/payments/commands.h"
#include "pay/payments/limits.h"
#include "pay/payments/rules.h"

#include <fmt/format.h>

/// Step 2 of a payment's life, and the ways in which it ends before it is submitted.
namespace remit::payments {
namespace {

/// 31 characters, so that Faster Payments carries it whole: the 26 of the TypeID behind the prefix.
std::string bank_side_id(const TypeId& id) {
  return id.to_string().substr(std::string_view(Payment::kPrefix).size() + 1);
}

Result<void> check(engine::View& view, const CreatePayment& command) {
  if (command.id.prefix() != Payment::kPrefix || view.find<Payment>(command.id) != nullptr) {
    return fail(ErrorCode::Conflict, "payment_id_reused",
                "The payment's id is taken; send the request again with a new key.", "id");
  }
  if (command.amount.currency != Currency::of("GBP")) {
    return fail(ErrorCode::InvalidArgument, "currency_not_supported",
                "UK domestic payments are in GBP.", "amount.currency");
  }
  if (command.amount.amount <= 0 || command.amount.amount > kFasterPaymentsPenceMax) {
    return fail(ErrorCode::InvalidArgument, "amount_out_of_range",
                fmt::format("Faster Payments carry 1 to {} pence; split larger amounts.",
                            kFasterPaymentsPenceMax),
                "amount.amount");
  }
  if (command.expires_at <= view.now() || command.expires_at > view.now() + kExpiryMax) {
    return fail(ErrorCode::InvalidArgument, "expiry_out_of_range",
                "expires_at must lie in the future, seven days ahead at most.", "expires_at");
  }
  return {};
}

}  // namespace

engine::TimerKey expiry_timer(const TypeId& id) {
  return {id, "expire"};
}

Result<Payment> find_payment(engine::View& view, const TypeId& id) {
  const Payment* payment = id.prefix() == Payment::kPrefix ? view.find<Payment>(id) : nullptr;
  const ClientId& asker = view.context().client;
  if (payment == nullptr || (!asker.empty() && payment->client != asker)) {
    return fail(ErrorCode::NotFound, "payment_not_found",
                fmt::format("No payment {} exists; check the id.", id.to_string()), "id");
  }
  return *payment;
}

void touches(const CreatePayment& command, engine::Touches& touches) {
  touches.add(command.id);
  if (!command.payer.empty()) touches.add(command.payer);
  if (!command.payee.verification.empty()) touches.add(command.payee.verification);
}

Result<Payment> decide(engine::View& view, const CreatePayment& command) {
  return create(view, command);
}

Result<Payment> create(engine::View& view, const CreatePayment& command, const TypeId& refund_of) {
  const ClientId client = view.context().client;
  if (!command.client_reference.empty()) {
    const TypeId taken = client_reference_id(client, command.client_reference);
    if (const ClientReference* owner = view.find<ClientReference>(taken)) {
      return fail(ErrorCode::Conflict, "client_reference_reused",
                  fmt::format("The reference belongs to payment {}; use another, or none.",
                              owner->payment.to_string()),
                  "client_reference");
    }
  }
  TRY_VOID(check(view, command));
  TRY_VOID(payees::check(view, command.payee));
  TRY_VOID(payers::check(view, command.payer));
  if (command.parties.empty()) return payers::payer_erased(command.payer);
  view.emit(command.id, PaymentCreated{.client = client,
                                       .amount = command.amount,
                                       .parties = command.parties,
                                       .reference = command.reference,
                                       .client_reference = command.client_reference,
                                       .instruction_id = bank_side_id(command.id),
                                       .end_to_end_id = bank_side_id(command.id),
                                       .rail = command.rail,
                                       .settles_on = command.settles_on,
                                       .expires_at = command.expires_at,
                                       .kind = command.kind,
                                       .refund_of = refund_of,
                                       .payee_verification = command.payee.verification,
                                       .payee_acknowledged = command.payee.acknowledged,
                                       .payer = command.payer});
  const Payment payment = view.get<Payment>(command.id);
  TRY_VOID(expect_money(view, payment));
  view.set_timer(expiry_timer(payment.id), command.expires_at,
                 engine::encode_command(ExpirePayment{payment.id}));
  return payment;
}

Result<Payment> decide(engine::View& view, const CancelPayment& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  if (payment.state == PaymentState::Cancelled) return payment;
  if (!may_become(payment.state, PaymentState::Cancelled)) {
    return fail(ErrorCode::FailedPrecondition, "payment_not_cancellable",
                "The payment has been handed to the bank or has ended; it cannot be withdrawn.");
  }
  view.emit(payment.id, PaymentCancelled{});
  TRY_VOID(release_money(view, payment));
  end_refund(view, payment, false);
  view.cancel_timer(expiry_timer(payment.id));
  return view.get<Payment>(payment.id);
}

Result<Recorded> decide(engine::View& view, const ExpirePayment& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  if (!may_become(payment.state, PaymentState::Expired)) return Recorded{};
  view.emit(payment.id, PaymentExpired{});
  TRY_VOID(release_money(view, payment));
  end_refund(view, payment, false);
  return Recorded{};
}

Result<void> reject(engine::View& view, const Payment& payment, const Reason& reason) {
  view.emit(payment.id, PaymentRejected{reason});
  TRY_VOID(release_money(view, payment));
  end_refund(view, payment, false);
  view.cancel_timer(expiry_timer(payment.id));
  view.cancel_timer({payment.id, "resolve"});
  return {};
}

}  // namespace remit::payments
