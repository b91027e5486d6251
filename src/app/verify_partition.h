#pragma once

#include "app/core.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::app {

/// One thing that was looked at: a line of `remit verify`.
struct Proof {
  std::string what;
  bool holds = true;
  std::string detail;  ///< How much was looked at, or the first thing that is wrong.
};

/// Told now and then how far a long look has come.
using ProofProgress =
    std::function<void(std::string_view what, std::uint64_t done, std::uint64_t end)>;

/// Proves a partition from its bytes upwards: the chain, the invariants, states against a fold from zero, the ledger against
/// its transfers, read models against one made anew, and what clients were told. Each step believes the ones before it, so
/// the first that does not hold ends it. Fails when something cannot be read for other reasons than damage.
Result<std::vector<Proof>> verify_partition(Storage& storage, journal::PartitionId partition,
                                            const ProofProgress& progress);

}  // namespace remit::app
