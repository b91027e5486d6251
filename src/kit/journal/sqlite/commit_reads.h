#pragma once

#include "kit/journal/journal.h"
#include "kit/journal/sqlite/commit_table.h"

#include <optional>
#include <span>
#include <vector>

/// What readers get of the journal file. Bytes that a disk changed, and rows that SQLite no longer finds where they are, are
/// Corrupt with the commit's number (`chain_broken`, `commit_missing`, `commit_corrupt`, `journal_index_damaged`), never other
/// content.
namespace remit::journal {

/// Whole commits in order, as they are stored: whoever folds or verifies them computes the chain itself.
Result<std::vector<StoredCommit>> read_commits(CommitTable& table, PartitionId partition,
                                               Sequence from, ReadLimits limits);
/// Events from the position on, each commit checked against the chain value before it.
Result<std::vector<Event>> read_events(CommitTable& table, PartitionId partition, Position from,
                                       ReadLimits limits);
/// Those of the stream among the events at these positions, which are in order and are all in the journal.
Result<std::vector<Event>> read_stream_events(CommitTable& table, PartitionId partition,
                                              std::span<const Position> positions,
                                              const StreamId& stream, Version from,
                                              ReadLimits limits);
/// The last such receipt in these commits, which are all in the journal.
Result<std::optional<Receipt>> find_newest_receipt(CommitTable& table, PartitionId partition,
                                                   std::span<const Sequence> commits,
                                                   const ClientId& client, std::string_view key,
                                                   Timestamp not_before);

/// The last commit of each partition is what a crash or a bad copy damages first: that it is whole and of this chain.
Result<void> check_last_commit(CommitTable& table, PartitionId partition);
/// That what a writer would go on from is what the last commit says, in the table and in SQLite's index.
Result<void> check_end(CommitTable& table, PartitionId partition);

/// The row's commit; the chain is not looked at.
Result<StoredCommit> to_stored(CommitTable::Row&& row);

}  // namespace remit::journal
