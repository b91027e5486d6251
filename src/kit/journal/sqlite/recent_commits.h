#pragma once

#include "kit/journal/journal.h"

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace remit::journal {

/// The newest commits that this process appended, in memory: whoever follows the end of the journal reads neither disk nor
/// record. Only what is durable comes in, so that nobody hears of what a crash may take. Thread safe.
class RecentCommits {
 public:
  /// `bytes_max`: of the stored bytes of one partition.
  explicit RecentCommits(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// `bytes`: as the commit was stored.
  void add(PartitionId partition, Commit commit, std::size_t bytes);
  /// Events from the position on, as Journal::read_wanted gives them (all, without a filter); nullopt when the position is
  /// not within what is held. What is behind its end may be on the disk all the same, by another process.
  std::optional<EventPage> read(PartitionId partition, Position from, ReadLimits limits,
                                const TypeFilter& wanted) const;

 private:
  struct Entry {
    std::shared_ptr<const Commit> commit;
    std::size_t bytes = 0;
  };
  struct Tail {
    std::deque<Entry> entries;  ///< Without gaps.
    std::size_t bytes = 0;
  };

  struct Range {
    std::vector<std::shared_ptr<const Commit>> commits;
    Position end;  ///< Behind everything that is held.
  };
  Range range_from(PartitionId partition, Position first, ReadLimits limits) const;

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::map<PartitionId, Tail> tails_;
};

}  // namespace remit::journal
