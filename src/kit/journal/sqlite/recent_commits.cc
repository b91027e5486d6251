#include "kit/journal/sqlite/recent_commits.h"

#include "kit/journal/commit_record.h"

#include <algorithm>

namespace remit::journal {

void RecentCommits::add(PartitionId partition, Commit commit, std::size_t bytes) {
  auto kept = std::make_shared<const Commit>(std::move(commit));
  const std::lock_guard lock(mutex_);
  Tail& tail = tails_[partition];
  // Another process appended in between: what is held does not lead up to this.
  const bool follows =
      !tail.entries.empty() && tail.entries.back().commit->sequence.next() == kept->sequence;
  if (!follows) tail = {};
  tail.entries.push_back({std::move(kept), bytes});
  tail.bytes += bytes;
  while (tail.bytes > bytes_max_) {
    tail.bytes -= tail.entries.front().bytes;
    tail.entries.pop_front();
  }
}

std::optional<std::vector<Event>> RecentCommits::read(PartitionId partition, Position from,
                                                      ReadLimits limits) const {
  const Position first = std::max(from, Position(1));
  std::vector<std::shared_ptr<const Commit>> commits;
  {
    const std::lock_guard lock(mutex_);
    const auto tail = tails_.find(partition);
    if (tail == tails_.end()) return std::nullopt;
    const std::deque<Entry>& entries = tail->second.entries;
    auto entry = std::ranges::upper_bound(
        entries, first, {}, [](const Entry& one) { return one.commit->first_position; });
    if (entry == entries.begin()) return std::nullopt;
    --entry;
    std::size_t events = 0;
    std::size_t bytes = 0;
    for (; entry != entries.end(); ++entry) {
      commits.push_back(entry->commit);
      const std::uint64_t end = entry->commit->first_position.value + entry->commit->events.size();
      events += end - std::min(end, std::max(first, entry->commit->first_position).value);
      bytes += entry->bytes;
      if (events >= limits.events_max || bytes >= limits.bytes_max) break;
    }
  }
  std::vector<Event> events;
  for (const auto& commit : commits) append_events(*commit, first, events);
  if (events.empty()) return std::nullopt;
  if (events.size() > limits.events_max) {
    events.resize(std::max<std::size_t>(limits.events_max, 1));
  }
  return events;
}

}  // namespace remit::journal
