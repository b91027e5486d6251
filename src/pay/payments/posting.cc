#include "kit/base/planted.h"
#include "pay/ledger/transfer.h"
#include "pay/payments/rules.h"

/// Payments in the ledger. Per client and currency:
///   payments_in_transit  asset      executed at the payer's bank, not yet with the payee
///   settlement_bank      asset      settled: the money has arrived
///   client_funds         liability  what is owed to the client; never overdrawn
///   payouts_in_transit   liability  executed at the client's bank, not yet with the payee
///
///               a payer's payment                           a payout or refund
///   Created     payments_in_transit / client_funds pending  client_funds / payouts_in_transit pending
///   Executed    that transfer is posted                     the same
///   Settled     settlement_bank / payments_in_transit       payouts_in_transit / settlement_bank
namespace remit::payments {
namespace {

constexpr std::string_view kInTransit = "payments_in_transit";
constexpr std::string_view kSettlementBank = "settlement_bank";
constexpr std::string_view kClientFunds = "client_funds";
constexpr std::string_view kPayoutsInTransit = "payouts_in_transit";

TypeId execution_transfer(const Payment& payment) {
  return TypeId::derive(ledger::Transfer::kPrefix, payment.id, "execution");
}
TypeId settlement_transfer(const Payment& payment) {
  return TypeId::derive(ledger::Transfer::kPrefix, payment.id, "settlement");
}

TypeId account(const Payment& payment, std::string_view name) {
  return ledger::account_id(payment.client, name, payment.amount.currency);
}

}  // namespace

Result<void> expect_money(engine::View& view, const Payment& payment) {
  const Currency currency = payment.amount.currency;
  const bool out = payment.goes_out();
  using enum ledger::AccountType;
  using enum ledger::BalanceLimit;
  ledger::ensure_account(view, payment.client, kSettlementBank, Asset, currency);
  ledger::ensure_account(view, payment.client, kClientFunds, Liability, currency,
                         DebitsMustNotExceedCredits);
  ledger::ensure_account(view, payment.client, out ? kPayoutsInTransit : kInTransit,
                         out ? Liability : Asset, currency);
  return ledger::create_transfer(
      view, payment.client,
      {.id = execution_transfer(payment),
       .debit_account = account(payment, out ? kClientFunds : kInTransit),
       .credit_account = account(payment, out ? kPayoutsInTransit : kClientFunds),
       .amount = payment.amount.amount,
       .currency = currency,
       .pending = true,
       .reference = payment.end_to_end_id},
      payment.id);
}

Result<void> release_money(engine::View& view, const Payment& payment) {
  if (planted(Bug::ReservationKept)) return {};
  return ledger::end_transfer(view, payment.client, execution_transfer(payment),
                              ledger::TransferStatus::Voided);
}

Result<void> post_execution(engine::View& view, const Payment& payment) {
  return ledger::end_transfer(view, payment.client, execution_transfer(payment),
                              ledger::TransferStatus::Posted);
}

Result<void> post_settlement(engine::View& view, const Payment& payment) {
  const bool out = payment.goes_out();
  const auto source = planted(Bug::SettledFromWrongAccount) ? kClientFunds : kInTransit;
  return ledger::create_transfer(
      view, payment.client,
      {.id = settlement_transfer(payment),
       .debit_account = account(payment, out ? kPayoutsInTransit : kSettlementBank),
       .credit_account = account(payment, out ? kSettlementBank : source),
       .amount = payment.amount.amount,
       .currency = payment.amount.currency,
       .reference = payment.end_to_end_id},
      payment.id);
}

}  // namespace remit::payments
