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

RecentCommits::Range RecentCommits::range_from(PartitionId partition, Position first,
                                               ReadLimits limits) const {
  Range range;
  const std::lock_guard lock(mutex_);
  const auto tail = tails_.find(partition);
  if (tail == tails_.end()) return range;
  const std::deque<Entry>& entries = tail->second.entries;
  auto entry = std::ranges::upper_bound(
      entries, first, {}, [](const Entry& one) { return one.commit->first_position; });
  if (entry == entries.begin()) return range;
  const Commit& last = *entries.back().commit;
  range.end = last.first_position.plus(last.events.size());
  std::size_t events = 0;
  std::size_t bytes = 0;
  for (--entry; entry != entries.end(); ++entry) {
    range.commits.push_back(entry->commit);
    const Position end = entry->commit->first_position.plus(entry->commit->events.size());
    if (end > first) events += end.value - std::max(first, entry->commit->first_position).value;
    bytes += entry->bytes;
    if (events >= limits.events_max || bytes >= limits.bytes_max) break;
  }
  return range;
}

std::optional<EventPage> RecentCommits::read(PartitionId partition, Position from,
                                             ReadLimits limits, const TypeFilter& wanted) const {
  const Position first = std::max(from, Position(1));
  const std::size_t events_max = std::max<std::size_t>(limits.events_max, 1);
  std::size_t seen = 0;
  EventPage page;
  const Range range = range_from(partition, first, limits);
  for (const auto& commit : range.commits) {
    for (std::size_t i = 0; i < commit->events.size() && seen < events_max; ++i) {
      const Position position = commit->first_position.plus(i);
      if (position < first) continue;
      ++seen;
      page.through = position;
      if (!wanted || wanted(commit->events[i].type)) {
        page.events.push_back(event_of(*commit, i));
      }
    }
  }
  if (seen == 0) return std::nullopt;
  page.more = page.through.plus(1) < range.end;
  return page;
}

}  // namespace remit::journal
