#pragma once

#include "kit/engine/registry.h"
#include "kit/journal/journal.h"

#include <cstdint>
#include <string>
#include <vector>

namespace remit::app {

struct ReadModelReport {
  bool stored = true;        ///< False: there is none yet, and nothing was compared.
  std::uint64_t events = 0;  ///< Taken in by the one made anew: up to the stored one's checkpoint.
  std::uint64_t rows = 0;    ///< Compared.
  std::vector<std::string> differences;  ///< "payments: pay_... differs"; the first few.
};

/// Makes a partition's read model anew in a temporary file and compares every row of every table with the stored one. Fails
/// with Unavailable `snapshot_failed` where there is no directory for it, or as reading does.
Result<ReadModelReport> verify_read_model(const engine::Registry& registry,
                                          journal::Journal& journal, journal::PartitionId partition,
                                          const std::string& file);

}  // namespace remit::app
