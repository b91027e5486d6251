#pragma once

#include "kit/engine/registry.h"
#include "kit/journal/journal.h"

#include <cstdint>
#include <string>
#include <vector>

namespace remit::app {

/// What the accounts of one currency sum to, in minor units.
struct LedgerSum {
  std::string currency;
  std::int64_t debits_posted = 0;
  std::int64_t credits_posted = 0;
  std::int64_t debits_pending = 0;
  std::int64_t credits_pending = 0;
  std::uint64_t accounts = 0;
  std::uint64_t transfers = 0;

  bool balanced() const {
    return debits_posted == credits_posted && debits_pending == credits_pending;
  }
};

struct ReadModelReport {
  bool stored = true;  ///< False: there is none yet, and nothing was compared.
  /// Taken in by the one made anew: up to the stored one's checkpoint, or all.
  std::uint64_t events = 0;
  std::uint64_t rows = 0;                ///< Compared.
  std::vector<std::string> differences;  ///< "payments: pay_... differs"; the first few.
  std::vector<LedgerSum> sums;
  /// Accounts whose balances are not what their transfers sum to.
  std::vector<std::string> unequal_accounts;
};

/// Makes a partition's read model anew in a temporary file, compares every row of every table with the stored one, and sums
/// up the ledger: balances per currency, and each account against its transfers.
Result<ReadModelReport> verify_read_model(const engine::Registry& registry,
                                          journal::Journal& journal, journal::PartitionId partition,
                                          const std::string& file);

}  // namespace remit::app
