#pragma once

#include "kit/journal/invariant.h"
#include "pay/ledger/account.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace remit::ledger {

/// A transfer is made once, of more than nothing, between two accounts of its currency that are open; a pending one ends
/// once, with no more posted than was reserved; no other ends.
std::unique_ptr<journal::Invariant> transfers_end_once();
/// No account holds less, by what is posted and pending, than its limit allows.
std::unique_ptr<journal::Invariant> limits_hold();

/// What the accounts of one currency sum to, in minor units.
struct CurrencySum {
  Balances balances;
  std::uint64_t accounts = 0;
};

/// Adds up each account's transfers from the events alone, to hold the states that the rules made against them.
class Books final : public journal::Invariant {
 public:
  std::string_view name() const override { return "every account is the sum of its transfers"; }
  /// Takes the commit in; nothing can be wrong before there is a state to compare with.
  journal::Violation look(const journal::StoredCommit& commit) override;
  std::string seen() const override;

  /// An account as it was folded to after the last commit looked at.
  journal::Violation compare(const Account& folded);
  /// After all of them: none is missing, and per currency debits and credits are equal, posted as well as pending.
  journal::Violation compare_sums() const;
  /// Of the accounts compared, by code.
  const std::map<std::string, CurrencySum>& sums() const { return sums_; }

 private:
  std::map<TypeId, Balances> expected_;
  std::map<std::string, CurrencySum> sums_;
  std::uint64_t transfers_ = 0;
  std::uint64_t opened_ = 0;
  std::uint64_t compared_ = 0;
};

}  // namespace remit::ledger
