#include "pay/ledger/transfer.h"

#include "kit/base/planted.h"
#include "pay/ledger/limits.h"

#include <fmt/format.h>

namespace remit::ledger {

void evolve(engine::Changes& changes, const TransferCreated& event,
            const engine::EventContext& context) {
  changes.change<Transfer>(context.stream) =
      Transfer{.id = context.stream,
               .client = event.client,
               .debit_account = event.debit_account,
               .credit_account = event.credit_account,
               .amount = event.amount,
               .currency = event.currency,
               .status = event.pending ? TransferStatus::Pending : TransferStatus::Posted,
               .posted_amount = event.pending ? 0 : event.amount,
               .reference = event.reference,
               .created_at = context.time,
               .expires_at = event.expires_at,
               .created_pending = event.pending,
               .owner = event.owner};
  const std::int64_t moved = planted(Bug::PostedTwice) ? 2 * event.amount : event.amount;
  Balances& debit = changes.change<Account>(event.debit_account).balances;
  (event.pending ? debit.debits_pending : debit.debits_posted) += moved;
  Balances& credit = changes.change<Account>(event.credit_account).balances;
  (event.pending ? credit.credits_pending : credit.credits_posted) += moved;
}

void evolve(engine::Changes& changes, const TransferEnded& event,
            const engine::EventContext& context) {
  Transfer& transfer = changes.change<Transfer>(context.stream);
  transfer.status = event.status;
  transfer.posted_amount = event.posted_amount;
  Balances& debit = changes.change<Account>(event.debit_account).balances;
  debit.debits_pending -= event.reserved;
  debit.debits_posted += event.posted_amount;
  Balances& credit = changes.change<Account>(event.credit_account).balances;
  credit.credits_pending -= event.reserved;
  credit.credits_posted += event.posted_amount;
  if (planted(Bug::PostingUnbalanced) && event.posted_amount > 0) --credit.credits_posted;
}

void register_kinds(engine::Registry& registry) {
  registry.entity<Account>();
  registry.entity<Transfer>();
  registry.event<AccountOpened>();
  registry.event<TransferCreated>();
  registry.event<TransferEnded>();
  registry.command<OpenAccount>();
  registry.command<CreateTransfers>();
  registry.command<PostTransfer>();
  registry.command<VoidTransfer>();
  registry.command<ExpireTransfer>();
}

}  // namespace remit::ledger
