#include "kit/base/planted.h"
#include "pay/ledger/limits.h"
#include "pay/ledger/transfer.h"

#include <fmt/format.h>

/// The rules of moving money: what a transfer must satisfy before it is made, and how a pending one ends.
namespace remit::ledger {
namespace {

constexpr Timestamp kNever{};

Result<const Account*> find_account(engine::View& view, const ClientId& client, const TypeId& id,
                                    std::string_view field) {
  const Account* account = id.prefix() == Account::kPrefix ? view.find<Account>(id) : nullptr;
  // An account of somebody else is told apart from none by nobody.
  if (account == nullptr || account->client != client) {
    return fail(ErrorCode::NotFound, "account_not_found",
                fmt::format("No account {} exists; open it first.", id.to_string()),
                std::string(field));
  }
  return account;
}

Result<void> check_room(const Account& account, std::int64_t debit, std::int64_t credit,
                        std::string_view field) {
  if (planted(Bug::LimitUnchecked)) return {};
  const Balances& now = account.balances;
  const std::int64_t debits =
      TRY(checked_add(TRY(checked_add(now.debits_posted, now.debits_pending)), debit));
  const std::int64_t credits =
      TRY(checked_add(TRY(checked_add(now.credits_posted, now.credits_pending)), credit));
  // Money that is only promised to arrive cannot be spent, so the other side counts what is posted.
  if (account.limit == BalanceLimit::DebitsMustNotExceedCredits && debit > 0 &&
      debits > now.credits_posted) {
    return fail(ErrorCode::FailedPrecondition, "insufficient_funds",
                fmt::format("{} holds {} less {} that is spent or reserved; {} more is too much.",
                            account.id.to_string(), now.credits_posted, debits - debit, debit),
                std::string(field));
  }
  if (account.limit == BalanceLimit::CreditsMustNotExceedDebits && credit > 0 &&
      credits > now.debits_posted) {
    return fail(ErrorCode::FailedPrecondition, "credit_limit",
                fmt::format("{} holds {} less {} that is taken or reserved; {} more is too much.",
                            account.id.to_string(), now.debits_posted, credits - credit, credit),
                std::string(field));
  }
  return {};
}

Result<void> check_terms(engine::View& view, const NewTransfer& transfer) {
  if (transfer.amount <= 0) {
    return fail(ErrorCode::InvalidArgument, "amount_not_positive",
                "A transfer moves at least one minor unit; swap the accounts to move it back.",
                "amount");
  }
  if (transfer.debit_account == transfer.credit_account) {
    return fail(ErrorCode::InvalidArgument, "accounts_equal",
                "A transfer needs two different accounts.", "credit_account");
  }
  if (transfer.reference.size() > kReferenceBytesMax) {
    return fail(ErrorCode::InvalidArgument, "reference_too_long",
                fmt::format("A reference has at most {} bytes.", kReferenceBytesMax), "reference");
  }
  if (transfer.expires_at == kNever) return {};
  if (!transfer.pending) {
    return fail(ErrorCode::InvalidArgument, "expiry_without_pending",
                "Only a pending transfer expires; leave expires_at out.", "expires_at");
  }
  if (transfer.expires_at <= view.now()) {
    return fail(ErrorCode::InvalidArgument, "expiry_in_the_past",
                "expires_at must lie in the future.", "expires_at");
  }
  return {};
}

bool same_terms(const Transfer& made, const NewTransfer& asked, const ClientId& client) {
  return made.client == client && made.debit_account == asked.debit_account &&
         made.credit_account == asked.credit_account && made.amount == asked.amount &&
         made.currency == asked.currency && made.reference == asked.reference &&
         made.expires_at == asked.expires_at && made.created_pending == asked.pending;
}

engine::TimerKey expiry_of(const TypeId& id) {
  return {id, "expire"};
}

/// Ends a transfer as its client asks, unless it belongs to the life of something else, such as a payment.
Result<Transfer> end_for_client(engine::View& view, const TypeId& id, TransferStatus status,
                                std::optional<std::int64_t> amount) {
  const ClientId client = view.context().client;
  const Transfer* found = id.prefix() == Transfer::kPrefix ? view.find<Transfer>(id) : nullptr;
  if (found != nullptr && found->client == client && !found->owner.empty()) {
    return fail(ErrorCode::FailedPrecondition, "transfer_owned",
                fmt::format("Transfer {} follows {}; change that instead.", id.to_string(),
                            found->owner.to_string()),
                "id");
  }
  if (Result<void> ended = end_transfer(view, client, id, status, amount); !ended) {
    return std::unexpected(std::move(ended).error());
  }
  return view.get<Transfer>(id);
}

void at_index(Error& error, std::size_t index) {
  error.field =
      fmt::format("transfers[{}]{}{}", index, error.field.empty() ? "" : ".", error.field);
}

}  // namespace

Result<void> create_transfer(engine::View& view, const ClientId& client, const NewTransfer& asked,
                             const TypeId& owner) {
  if (asked.id.prefix() != Transfer::kPrefix) {
    return fail(ErrorCode::InvalidArgument, "transfer_id_invalid",
                "A transfer id is a TypeID with the prefix trf.", "id");
  }
  // Before the terms: a retry is answered the same way though its expiry has passed since.
  if (const Transfer* made = view.find<Transfer>(asked.id)) {
    if (same_terms(*made, asked, client)) return {};
    return fail(ErrorCode::Conflict, "transfer_id_reused",
                fmt::format("{} is already another transfer; use a new id.", asked.id.to_string()),
                "id");
  }
  if (Result<void> terms = check_terms(view, asked); !terms) return terms;
  const Account* debit = TRY(find_account(view, client, asked.debit_account, "debit_account"));
  const Account* credit = TRY(find_account(view, client, asked.credit_account, "credit_account"));
  if (debit->currency != asked.currency || credit->currency != asked.currency) {
    return fail(ErrorCode::InvalidArgument, "currency_mismatch",
                fmt::format("The accounts keep {} and {}; the transfer is in {}.",
                            debit->currency.code(), credit->currency.code(), asked.currency.code()),
                "currency");
  }
  if (Result<void> room = check_room(*debit, asked.amount, 0, "debit_account"); !room) return room;
  if (Result<void> room = check_room(*credit, 0, asked.amount, "credit_account"); !room)
    return room;
  view.emit(asked.id, TransferCreated{client, asked.debit_account, asked.credit_account,
                                      asked.amount, asked.currency, asked.pending, asked.reference,
                                      asked.expires_at, owner});
  if (asked.expires_at != kNever) {
    view.set_timer(expiry_of(asked.id), asked.expires_at,
                   engine::encode_command(ExpireTransfer{asked.id}));
  }
  return {};
}

Result<void> end_transfer(engine::View& view, const ClientId& client, const TypeId& id,
                          TransferStatus status, std::optional<std::int64_t> amount) {
  CHECK(status != TransferStatus::Pending, "a transfer does not end pending");
  const Transfer* found = id.prefix() == Transfer::kPrefix ? view.find<Transfer>(id) : nullptr;
  if (found == nullptr || found->client != client) {
    return fail(ErrorCode::NotFound, "transfer_not_found",
                fmt::format("No transfer {} exists; check the id.", id.to_string()), "id");
  }
  const Transfer transfer = *found;
  const std::int64_t posted =
      status == TransferStatus::Posted ? amount.value_or(transfer.amount) : 0;
  if (transfer.status == status && transfer.posted_amount == posted) return {};
  if (transfer.status != TransferStatus::Pending && !planted(Bug::TransferEndsTwice)) {
    return fail(
        ErrorCode::FailedPrecondition, "transfer_not_pending",
        fmt::format("Transfer {} is no longer pending; it cannot end twice.", id.to_string()));
  }
  if (posted < 0 || posted > transfer.amount || (status == TransferStatus::Posted && posted == 0)) {
    return fail(ErrorCode::InvalidArgument, "amount_out_of_range",
                fmt::format("Post between 1 and {} minor units, or void it.", transfer.amount),
                "amount");
  }
  view.emit(id, TransferEnded{transfer.debit_account, transfer.credit_account, transfer.amount,
                              status, posted});
  if (transfer.expires_at != kNever && status != TransferStatus::Expired) {
    view.cancel_timer(expiry_of(id));
  }
  return {};
}

void touches(const CreateTransfers& command, engine::Touches& touches) {
  for (const NewTransfer& transfer : command.transfers) {
    touches.add(transfer.id);
    touches.add(transfer.debit_account);
    touches.add(transfer.credit_account);
  }
}
void touches(const PostTransfer& command, engine::Touches& touches) {
  touches.add(command.id);
}
void touches(const VoidTransfer& command, engine::Touches& touches) {
  touches.add(command.id);
}

Result<TransferOutcomes> decide(engine::View& view, const CreateTransfers& command) {
  if (command.transfers.empty() || command.transfers.size() > kTransfersMax) {
    return fail(ErrorCode::InvalidArgument, "transfers_count",
                fmt::format("Send 1 to {} transfers in one request.", kTransfersMax), "transfers");
  }
  TransferOutcomes answer;
  answer.outcomes.reserve(command.transfers.size());
  const ClientId client = view.context().client;
  for (std::size_t i = 0; i < command.transfers.size(); ++i) {
    const NewTransfer& transfer = command.transfers[i];
    Result<void> made = create_transfer(view, client, transfer);
    if (!made && command.linked) {
      at_index(made.error(), i);
      return std::unexpected(std::move(made).error());
    }
    answer.outcomes.push_back({transfer.id, made ? std::string() : made.error().reason,
                               made ? std::string() : made.error().message});
  }
  return answer;
}

Result<Transfer> decide(engine::View& view, const PostTransfer& command) {
  return end_for_client(view, command.id, TransferStatus::Posted, command.amount);
}

Result<Transfer> decide(engine::View& view, const VoidTransfer& command) {
  return end_for_client(view, command.id, TransferStatus::Voided, std::nullopt);
}

Result<TransferOutcomes> decide(engine::View& view, const ExpireTransfer& command) {
  const Transfer* transfer =
      command.id.prefix() == Transfer::kPrefix ? view.find<Transfer>(command.id) : nullptr;
  if (transfer == nullptr || transfer->status != TransferStatus::Pending) return TransferOutcomes{};
  const ClientId client = transfer->client;
  if (Result<void> ended = end_transfer(view, client, command.id, TransferStatus::Expired);
      !ended) {
    return std::unexpected(std::move(ended).error());
  }
  return TransferOutcomes{};
}

}  // namespace remit::ledger
