#include "kit/journal/sqlite/commit_reads.h"

#include "kit/journal/commit_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace remit::journal {
namespace {

std::unexpected<Error> damaged(std::string reason, PartitionId partition, Sequence sequence,
                               std::string_view what) {
  return fail(ErrorCode::Corrupt, std::move(reason),
              fmt::format("Commit {} of partition {} {}; run `remit verify` and restore a backup.",
                          sequence.value, partition.value, what));
}

/// A commit that must be there, and must be what the chain says.
Result<StoredCommit> checked_commit(CommitTable& table, PartitionId partition, Sequence sequence) {
  std::optional<CommitTable::Row> row = TRY(table.row(partition, sequence));
  if (!row) return damaged("commit_missing", partition, sequence, "is missing");
  const bool follows = row->before.has_value() || sequence == Sequence(1);
  if (!follows || chain_after(row->before.value_or(Hash256{}), row->body) != row->chain) {
    return damaged("chain_broken", partition, sequence, "does not match its chain");
  }
  return to_stored(*std::move(row));
}

std::unexpected<Error> found_in_vain(PartitionId partition, Sequence sequence) {
  return damaged("journal_index_damaged", partition, sequence,
                 "is found by a position that it does not hold");
}

/// The last commit that begins at the position or before it; there must be one.
Result<StoredCommit> last_beginning_by(CommitTable& table, PartitionId partition,
                                       Position position) {
  const std::optional<Sequence> sequence = TRY(table.find_position(partition, position));
  if (!sequence) {
    return damaged("journal_index_damaged", partition, Sequence(1), "is not found by its position");
  }
  StoredCommit found = TRY(checked_commit(table, partition, *sequence));
  if (found.commit.first_position > position) return found_in_vain(partition, *sequence);
  return found;
}

/// The commit that holds the position, which is in the journal.
Result<StoredCommit> commit_holding(CommitTable& table, PartitionId partition, Position position) {
  StoredCommit found = TRY(last_beginning_by(table, partition, position));
  if (last_position(found.commit) < position)
    return found_in_vain(partition, found.commit.sequence);
  return found;
}

/// The commit that holds the position; the last one when there is none as far. `head` was read before: others append.
Result<std::optional<StoredCommit>> commit_at(CommitTable& table, PartitionId partition,
                                              const Head& head, Position position) {
  if (head.sequence == Sequence(0)) return std::nullopt;
  StoredCommit found = TRY(last_beginning_by(table, partition, position));
  const bool last = found.commit.sequence >= head.sequence;
  if (!last && last_position(found.commit) < position) {
    return found_in_vain(partition, found.commit.sequence);
  }
  return found;
}

}  // namespace

Result<StoredCommit> to_stored(CommitTable::Row&& row) {
  DecodedCommit decoded = TRY(decode_commit(row.body));
  if (decoded.commit.sequence != row.sequence || decoded.epoch != row.epoch) {
    return fail(ErrorCode::Corrupt, "commit_corrupt",
                fmt::format("The row of commit {} holds another commit.", row.sequence.value));
  }
  return StoredCommit{std::move(decoded.commit), row.epoch, row.chain, std::move(row.body)};
}

Result<std::vector<StoredCommit>> read_commits(CommitTable& table, PartitionId partition,
                                               Sequence from, ReadLimits limits) {
  std::vector<StoredCommit> commits;
  std::size_t events = 0;
  std::size_t bytes = 0;
  for (Sequence at = std::max(from, Sequence(1));; at = at.next()) {
    std::optional<CommitTable::Row> row = TRY(table.row(partition, at));
    if (!row) break;
    bytes += row->body.size();
    commits.push_back(TRY(to_stored(std::move(*row))));
    events += commits.back().commit.events.size();
    if (events >= limits.events_max || bytes >= limits.bytes_max) break;
  }
  return commits;
}

Result<std::vector<Event>> read_events(CommitTable& table, PartitionId partition, Position from,
                                       ReadLimits limits) {
  std::vector<Event> events;
  const Position first = std::max(from, Position(1));
  const Head head = TRY(table.head(partition));
  std::optional<StoredCommit> at = TRY(commit_at(table, partition, head, first));
  if (!at) return events;
  std::size_t bytes = 0;
  while (true) {
    bytes += at->stored.size();
    append_events(at->commit, first, events);
    if (events.size() >= limits.events_max || bytes >= limits.bytes_max) break;
    if (at->commit.sequence >= head.sequence) break;
    at = TRY(checked_commit(table, partition, at->commit.sequence.next()));
  }
  if (events.size() > limits.events_max) events.resize(std::max<std::size_t>(limits.events_max, 1));
  return events;
}

Result<std::vector<Event>> read_stream_events(CommitTable& table, PartitionId partition,
                                              std::span<const Position> positions,
                                              const StreamId& stream, Version from,
                                              ReadLimits limits) {
  std::vector<Event> found;
  std::optional<StoredCommit> last;  // Events of one stream often share a commit.
  for (const Position position : positions) {
    if (!last || position > last_position(last->commit)) {
      last = TRY(commit_holding(table, partition, position));
    }
    const std::uint64_t offset = position.value - last->commit.first_position.value;
    const NewEvent& event = last->commit.events[offset];
    if (event.stream != stream || event.version < from) continue;
    found.push_back(event_of(last->commit, offset));
    if (found.size() >= std::max<std::size_t>(limits.events_max, 1)) break;
  }
  return found;
}

Result<std::optional<Receipt>> find_newest_receipt(CommitTable& table, PartitionId partition,
                                                   std::span<const Sequence> commits,
                                                   const ClientId& client, std::string_view key,
                                                   Timestamp not_before) {
  std::optional<Receipt> newest;
  for (const Sequence sequence : commits) {
    for (Receipt& receipt : TRY(checked_commit(table, partition, sequence)).commit.receipts) {
      if (receipt.client == client && receipt.key == key && receipt.time >= not_before) {
        newest = std::move(receipt);
      }
    }
  }
  return newest;
}

Result<void> check_last_commit(CommitTable& table, PartitionId partition) {
  const Head head = TRY(table.head(partition));
  if (head.sequence == Sequence(0)) return {};
  TRY(checked_commit(table, partition, head.sequence));
  return {};
}

Result<void> check_end(CommitTable& table, PartitionId partition) {
  const Head head = TRY(table.head(partition));
  const std::optional<Sequence> indexed =
      TRY(table.find_position(partition, Position(std::numeric_limits<std::int64_t>::max())));
  if (indexed.value_or(Sequence(0)) != head.sequence) {
    return damaged("journal_index_damaged", partition, head.sequence,
                   "is the last of the table and not of its index");
  }
  if (head.sequence == Sequence(0)) return {};
  const StoredCommit last = TRY(checked_commit(table, partition, head.sequence));
  if (last_position(last.commit) != head.position || last.commit.time != head.time) {
    return damaged("commit_corrupt", partition, head.sequence, "ends elsewhere than its row says");
  }
  if (head.epoch < last.epoch) {
    return damaged("epoch_went_back", partition, head.sequence,
                   "is of a later epoch than the partition's");
  }
  return {};
}

}  // namespace remit::journal
