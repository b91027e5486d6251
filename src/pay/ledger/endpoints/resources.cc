#include "pay/ledger/endpoints/resources.h"

namespace remit::ledger {

AccountResource to_resource(const Account& account) {
  const Balances& sums = account.balances;
  return {.id = account.id,
          .name = account.name,
          .type = account.type,
          .currency = account.currency,
          .limit = account.limit,
          .balances = {.posted = posted_balance(account),
                       .debits_posted = sums.debits_posted,
                       .credits_posted = sums.credits_posted,
                       .debits_pending = sums.debits_pending,
                       .credits_pending = sums.credits_pending},
          .opened_at = account.opened_at};
}

TransferResource to_resource(const Transfer& transfer) {
  TransferResource resource{.id = transfer.id,
                            .debit_account = transfer.debit_account,
                            .credit_account = transfer.credit_account,
                            .amount = {transfer.amount, transfer.currency},
                            .status = transfer.status,
                            .posted_amount = transfer.posted_amount,
                            .reference = transfer.reference,
                            .created_at = transfer.created_at};
  if (transfer.expires_at != Timestamp()) resource.expires_at = transfer.expires_at;
  return resource;
}

}  // namespace remit::ledger
