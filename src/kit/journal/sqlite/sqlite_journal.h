#pragma once

#include "kit/base/host.h"
#include "kit/journal/journal.h"
#include "kit/sqlite/disk.h"

#include <memory>
#include <string>

namespace remit::journal {

/// The bounds of a SqliteJournal.
struct SqliteJournalOptions {
  std::size_t queued_bytes_max = 64 * 1024 * 1024;  ///< Appends waiting; beyond it `append` waits.
  std::size_t group_bytes_max = 8 * 1024 * 1024;    ///< Appends made durable with one sync.
  std::size_t readers_max = 8;                      ///< Connections for reads at the same time.
  std::size_t index_memory_entries_max = 65'536;  ///< Entries of an index before they are written.
  std::size_t recent_bytes_max = 16 * 1024 * 1024;  ///< Commits kept in memory, of each partition.
  std::size_t wal_pages_max = 4000;  ///< Of the WAL, after which it is moved into the file.
};

/// What a SqliteJournal runs on. Null: threads of its own ("journal", "journal-index", "timers"), and the machine's own disk.
struct SqliteJournalPorts {
  Host* host = nullptr;
  sqlite::Disk* disk = nullptr;
};

/// The embedded journal: one SQLite file in WAL mode with synchronous=FULL, a row per commit, and the look-up indexes in a
/// second file that can be made again from the first. One component makes all appends that wait durable with one sync. The
/// epoch is checked in the transaction that appends, so that a second process with the same file is fenced as well. After a
/// sync that failed the journal refuses everything until it is opened anew, since nobody knows what the disk holds.
class SqliteJournal final : public Journal {
 public:
  /// Opens or creates `path` (and `path`-index), checks the last commits against their chain, and brings the indexes up to
  /// date. Fails with Corrupt when the file is damaged there or ends before its index, FailedPrecondition when it is
  /// something else's.
  static Result<std::unique_ptr<SqliteJournal>> open(const std::string& path,
                                                     SqliteJournalOptions options,
                                                     SqliteJournalPorts ports = {});
  /// Waits for appends under way.
  ~SqliteJournal() override;

  Result<Head> acquire(PartitionId partition) override;
  void append(PartitionId partition, Epoch epoch, Commit commit, AppendCallback done) override;
  Result<Head> head(PartitionId partition) override;
  Result<std::vector<StoredCommit>> read_commits(PartitionId partition, Sequence from,
                                                 ReadLimits limits) override;
  Result<std::vector<Event>> read(PartitionId partition, Position from, ReadLimits limits) override;
  Result<EventPage> read_wanted(PartitionId partition, Position from, ReadLimits limits,
                                const TypeFilter& wanted) override;
  Result<std::vector<Event>> read_stream(PartitionId partition, const StreamId& stream,
                                         Version from, ReadLimits limits) override;
  Result<std::optional<Receipt>> find_receipt(PartitionId partition, const ClientId& client,
                                              std::string_view key, Timestamp not_before) override;
  Result<void> catch_up_indexes(PartitionId partition) override;
  void on_durable(std::function<void(PartitionId, const Head&)> listener) override;

  /// Called once, with `journal_failed`, on whichever thread saw it, when the disk failed so that nobody knows what it holds:
  /// the process should end, and the next one find out. At once when it is so already. Must be short.
  void on_failed(std::function<void(const Error&)> listener);

 private:
  struct Files;
  class Readers;
  explicit SqliteJournal(std::unique_ptr<Files> files);
  std::unique_ptr<Files> files_;
};

}  // namespace remit::journal
