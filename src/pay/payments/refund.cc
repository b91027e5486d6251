#include "kit/base/planted.h"
#include "pay/payments/commands.h"
#include "pay/payments/rules.h"

#include <fmt/format.h>

/// Refunds: a payment in the other direction, tied to the one that it pays back.
namespace remit::payments {
namespace {

Result<std::int64_t> refundable(const Payment& payment) {
  const bool paid =
      payment.state == PaymentState::Executed || payment.state == PaymentState::Settled;
  if (payment.goes_out() || !paid) {
    return fail(ErrorCode::FailedPrecondition, "payment_not_refundable",
                "Only a payer's payment that was executed is paid back; cancel one that was not.");
  }
  if (payment.refund_party.empty()) {
    return fail(ErrorCode::FailedPrecondition, "refund_account_unknown",
                "The payer's bank did not tell the account; ask the payer and make a payout.");
  }
  if (planted(Bug::RefundsIgnored)) return payment.amount.amount;
  return payment.amount.amount - payment.refunds.refunded - payment.refunds.pending;
}

}  // namespace

Result<Payment> decide(engine::View& view, const CreateRefund& command) {
  const Payment payment = TRY(find_payment(view, command.payment));
  const std::int64_t left = TRY(refundable(payment));
  const std::int64_t amount = command.amount.value_or(left);
  if (amount <= 0 || amount > left) {
    return fail(ErrorCode::FailedPrecondition, "refund_exceeds_payment",
                fmt::format("Of this payment {} pence are left to be paid back; refund 1 to {}.",
                            left, left),
                "amount");
  }
  CreatePayment refund = command.refund;
  refund.kind = PaymentKind::Refund;
  refund.payer = payment.payer;
  refund.amount = {amount, payment.amount.currency};
  if (refund.reference.empty()) refund.reference = payment.reference;
  const Payment created = TRY(create(view, refund, payment.id));
  view.emit(payment.id, PaymentRefundStarted{created.id, amount});
  return created;
}

void end_refund(engine::View& view, const Payment& payment, bool executed) {
  if (payment.kind != PaymentKind::Refund) return;
  view.emit(payment.refund_of, PaymentRefundEnded{payment.id, payment.amount.amount, executed});
}

void note_refund_party(engine::View& view, const TypeId& id,
                       const codec::Sealed<RefundParty>& party) {
  const Payment& payment = view.get<Payment>(id);
  const bool news = !party.empty() && payment.refund_party.empty() && !payment.goes_out();
  if (news) view.emit(id, PaymentRefundPartyTold{party});
}

}  // namespace remit::payments
