#include "pay/ledger/invariants.h"

#include "pay/ledger/transfer.h"

#include <fmt/format.h>

#include <unordered_map>

namespace remit::ledger {
namespace {

using journal::NewEvent;
using journal::StoredCommit;
using journal::Violation;

Violation wrong(const StoredCommit& stored, const NewEvent& event, std::string_view why) {
  return fmt::format("{} of {} in commit {}: {}", event.type, event.stream.to_string(),
                     stored.commit.sequence.value, why);
}

class TransfersEndOnce final : public journal::Invariant {
 public:
  std::string_view name() const override { return "transfers end once"; }

  Violation look(const StoredCommit& stored) override {
    for (const NewEvent& event : stored.commit.events) {
      std::string why;
      if (event.type == AccountOpened::kType.name) {
        why = opened(event);
      } else if (event.type == TransferCreated::kType.name) {
        why = created(event);
      } else if (event.type == TransferEnded::kType.name) {
        why = ended(event);
      }
      if (!why.empty()) return wrong(stored, event, why);
    }
    return std::nullopt;
  }

  std::string seen() const override {
    return fmt::format("{} transfers, {} pending", transfers_, pending_.size());
  }

 private:
  std::string opened(const NewEvent& event) {
    const auto opening = codec::decode<AccountOpened>(event.payload);
    if (!opening) return opening.error().describe();
    currencies_[event.stream] = opening->currency;
    return {};
  }

  std::string created(const NewEvent& event) {
    const auto transfer = codec::decode<TransferCreated>(event.payload);
    if (!transfer) return transfer.error().describe();
    ++transfers_;
    if (event.version != journal::Version(1)) return "it exists already";
    if (transfer->amount <= 0) return fmt::format("it moves {}", transfer->amount);
    if (transfer->debit_account == transfer->credit_account) return "it moves nothing anywhere";
    for (const TypeId& account : {transfer->debit_account, transfer->credit_account}) {
      const auto currency = currencies_.find(account);
      if (currency == currencies_.end()) return fmt::format("{} is not open", account.to_string());
      if (currency->second != transfer->currency) {
        return fmt::format("{} is of another currency", account.to_string());
      }
    }
    if (transfer->pending) pending_[event.stream] = *transfer;
    return {};
  }

  std::string ended(const NewEvent& event) {
    const auto end = codec::decode<TransferEnded>(event.payload);
    if (!end) return end.error().describe();
    const auto found = pending_.find(event.stream);
    if (found == pending_.end()) return "it is not pending";
    const TransferCreated& made = found->second;
    if (end->reserved != made.amount || end->debit_account != made.debit_account ||
        end->credit_account != made.credit_account) {
      return "it ends as another one than was made";
    }
    const bool posts = end->status == TransferStatus::Posted;
    if (end->posted_amount < 0 || end->posted_amount > made.amount ||
        posts != (end->posted_amount > 0)) {
      return fmt::format("{} of {} are posted", end->posted_amount, made.amount);
    }
    pending_.erase(found);
    return {};
  }

  std::unordered_map<TypeId, Currency> currencies_;
  std::unordered_map<TypeId, TransferCreated> pending_;
  std::uint64_t transfers_ = 0;
};

/// Both sides of an event of transfers, in what it adds to the two accounts.
struct Movement {
  TypeId debit_account;
  TypeId credit_account;
  std::int64_t posted = 0;
  std::int64_t pending = 0;
};

std::optional<Movement> movement_of(const NewEvent& event) {
  if (event.type == TransferCreated::kType.name) {
    const auto made = codec::decode<TransferCreated>(event.payload);
    if (!made) return std::nullopt;
    return Movement{made->debit_account, made->credit_account, made->pending ? 0 : made->amount,
                    made->pending ? made->amount : 0};
  }
  if (event.type == TransferEnded::kType.name) {
    const auto end = codec::decode<TransferEnded>(event.payload);
    if (!end) return std::nullopt;
    return Movement{end->debit_account, end->credit_account, end->posted_amount, -end->reserved};
  }
  return std::nullopt;
}

void add(std::map<TypeId, Balances>& accounts, const Movement& movement) {
  Balances& debit = accounts[movement.debit_account];
  debit.debits_posted += movement.posted;
  debit.debits_pending += movement.pending;
  Balances& credit = accounts[movement.credit_account];
  credit.credits_posted += movement.posted;
  credit.credits_pending += movement.pending;
}

class LimitsHold final : public journal::Invariant {
 public:
  std::string_view name() const override { return "limits of accounts hold"; }

  Violation look(const StoredCommit& stored) override {
    for (const NewEvent& event : stored.commit.events) {
      if (event.type == AccountOpened::kType.name) {
        const auto opening = codec::decode<AccountOpened>(event.payload);
        if (!opening) return wrong(stored, event, opening.error().describe());
        if (opening->limit != BalanceLimit::None) limits_[event.stream] = opening->limit;
      }
      const std::optional<Movement> movement = movement_of(event);
      if (!movement) continue;
      add(balances_, *movement);
      for (const TypeId& account : {movement->debit_account, movement->credit_account}) {
        if (!is_within(account)) {
          return wrong(stored, event, fmt::format("{} is overdrawn", account.to_string()));
        }
      }
    }
    return std::nullopt;
  }

  std::string seen() const override { return fmt::format("{} accounts with one", limits_.size()); }

 private:
  bool is_within(const TypeId& account) {
    const auto limit = limits_.find(account);
    if (limit == limits_.end()) return true;
    const Balances& now = balances_[account];
    if (limit->second == BalanceLimit::DebitsMustNotExceedCredits) {
      return now.debits_posted + now.debits_pending <= now.credits_posted;
    }
    return now.credits_posted + now.credits_pending <= now.debits_posted;
  }

  std::unordered_map<TypeId, BalanceLimit> limits_;
  std::map<TypeId, Balances> balances_;
};

std::string described(const Balances& sums) {
  return fmt::format("debits {} and credits {} posted, {} and {} pending", sums.debits_posted,
                     sums.credits_posted, sums.debits_pending, sums.credits_pending);
}

}  // namespace

std::unique_ptr<journal::Invariant> transfers_end_once() {
  return std::make_unique<TransfersEndOnce>();
}
std::unique_ptr<journal::Invariant> limits_hold() {
  return std::make_unique<LimitsHold>();
}

Violation Books::look(const StoredCommit& stored) {
  for (const NewEvent& event : stored.commit.events) {
    if (event.type == AccountOpened::kType.name) ++opened_;
    if (event.type == TransferCreated::kType.name) ++transfers_;
    if (const std::optional<Movement> movement = movement_of(event)) add(expected_, *movement);
  }
  return std::nullopt;
}

std::string Books::seen() const {
  std::string text = fmt::format("{} accounts, {} transfers", opened_, transfers_);
  for (const auto& [currency, sum] : sums_) {
    text += fmt::format("; {}: {}", currency, described(sum.balances));
  }
  return text;
}

Violation Books::compare(const Account& folded) {
  const Balances& expected = expected_[folded.id];
  ++compared_;
  CurrencySum& sum = sums_[std::string(folded.currency.code())];
  ++sum.accounts;
  sum.balances.debits_posted += folded.balances.debits_posted;
  sum.balances.credits_posted += folded.balances.credits_posted;
  sum.balances.debits_pending += folded.balances.debits_pending;
  sum.balances.credits_pending += folded.balances.credits_pending;
  if (folded.balances == expected) return std::nullopt;
  return fmt::format("{} has {}, but its transfers sum to {}", folded.id.to_string(),
                     described(folded.balances), described(expected));
}

Violation Books::compare_sums() const {
  if (compared_ != opened_) {
    return fmt::format("{} accounts were opened and {} exist", opened_, compared_);
  }
  for (const auto& [currency, sum] : sums_) {
    const Balances& all = sum.balances;
    if (all.debits_posted == all.credits_posted && all.debits_pending == all.credits_pending) {
      continue;
    }
    return fmt::format("the books in {} do not balance: {}", currency, described(all));
  }
  return std::nullopt;
}

}  // namespace remit::ledger
