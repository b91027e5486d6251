#include "kit/journal/sqlite/copy_journal.h"

#include "kit/base/check.h"
#include "kit/journal/sqlite/commit_table.h"

#include <fmt/format.h>

namespace remit::journal {

Result<std::map<PartitionId, Head>> copy_journal(const std::string& from, const std::string& to,
                                                 const sqlite::CopyWatcher& watch) {
  CommitTable table = TRY(CommitTable::open(from, {.read_only = true}));
  // Heads and pages of the same moment.
  TRY(table.database().execute("BEGIN"));
  std::map<PartitionId, Head> heads;
  for (const PartitionId partition : TRY(table.partitions())) {
    heads.emplace(partition, TRY(table.head(partition)));
  }
  TRY(sqlite::copy_database(table.database(), to, watch));
  TRY(table.database().execute("COMMIT"));
  return heads;
}

Result<JournalCut> cut_journal(const std::string& path, PartitionId partition, Position last) {
  CommitTable table = TRY(CommitTable::open(path, {}));
  const Head before = TRY(table.head(partition));
  if (last > before.position) {
    return fail(ErrorCode::InvalidArgument, "position_beyond_end",
                fmt::format("Partition {} ends at position {}; {} is behind it.", partition.value,
                            before.position.value, last.value));
  }
  JournalCut cut{.head = before};
  if (last == before.position) return cut;
  const std::optional<Sequence> first_removed = TRY(table.find_position(partition, last.next()));
  CHECK(first_removed.has_value(), "position {} has no commit", last.value + 1);
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(table.database()));
  TRY(table.remove_from(partition, *first_removed));
  cut.head = TRY(table.head(partition));
  TRY(transaction.commit());
  cut.commits_removed = before.sequence.value - cut.head.sequence.value;
  cut.events_removed = before.position.value - cut.head.position.value;
  return cut;
}

}  // namespace remit::journal
