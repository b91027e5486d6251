#pragma once

#include "kit/journal/journal.h"

#include <functional>
#include <optional>
#include <string>

namespace remit::journal {

/// Where a journal stops being what was written.
struct ChainBreak {
  Sequence sequence;        ///< The first commit that does not hold.
  Position first_position;  ///< Of its first event; zero when it cannot be read at all.
  Position last_position;
  std::string first_event;  ///< "payment.created of pay_..."; empty when it cannot be read.
  std::string why;
};

/// What a walk along the chain has shown.
struct ChainReport {
  Head head;
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
  std::optional<ChainBreak> broken;
};

/// Reads a partition from its first commit and computes the chain anew over the stored bytes. A byte that was changed,
/// wherever it is, shows at its commit. Fails only when the journal cannot be read for other reasons than damage.
Result<ChainReport> verify_chain(
    Journal& journal, PartitionId partition,
    const std::function<void(Sequence done, Sequence end)>& progress = {});

}  // namespace remit::journal
