#include "kit/journal/sqlite/sqlite_journal.h"

#include "kit/journal/sqlite/commit_reads.h"
#include "kit/journal/sqlite/commit_table.h"
#include "kit/journal/sqlite/look_ups.h"
#include "kit/journal/sqlite/recent_commits.h"
#include "kit/journal/sqlite/writer.h"

#include <fmt/format.h>

namespace remit::journal {
namespace {

/// The index is made from commits that are durable, so one that knows more than the log shows that the log lost its end or
/// is an older copy. To go on would hide receipts and streams: positions would be used again that the index takes for done.
Result<void> check_reaches_index(CommitTable& table, LookUps& look_ups, const std::string& path) {
  for (const PartitionId partition : look_ups.partitions()) {
    const Head head = TRY(table.head(partition));
    if (look_ups.missing_from(partition) <= head.sequence.next()) continue;
    return fail(ErrorCode::Corrupt, "journal_behind_index",
                fmt::format("{0} ends at commit {1} of partition {2}, its index at commit {3}: the "
                            "journal lost its end, or is an older copy. Restore the folder from a "
                            "backup; if the older copy is meant, delete {0}-index.",
                            path, head.sequence.value, partition.value,
                            look_ups.missing_from(partition).value - 1));
  }
  return {};
}

}  // namespace

/// Connections for readers, made when they are wanted and kept.
class SqliteJournal::Readers {
 public:
  Readers(std::string path, std::size_t readers_max, sqlite::Disk* disk)
      : path_(std::move(path)), readers_max_(readers_max), disk_(disk) {}

  /// Runs `read` with a connection of its own.
  template <class F>
  auto with(F read) -> decltype(read(std::declval<CommitTable&>())) {
    std::optional<CommitTable> table;
    {
      std::unique_lock lock(mutex_);
      returned_.wait(lock, [this] { return !idle_.empty() || made_ < readers_max_; });
      if (!idle_.empty()) {
        table.emplace(std::move(idle_.back()));
        idle_.pop_back();
      } else {
        ++made_;
      }
    }
    if (!table) {
      Result<CommitTable> opened = CommitTable::open(path_, {.read_only = true, .disk = disk_});
      if (!opened) {
        const std::lock_guard lock(mutex_);
        --made_;
        returned_.notify_one();
        return std::unexpected(std::move(opened).error());
      }
      table.emplace(std::move(*opened));
    }
    auto result = read(*table);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(*table));
    returned_.notify_one();
    return result;
  }

 private:
  const std::string path_;
  const std::size_t readers_max_;
  sqlite::Disk* const disk_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<CommitTable> idle_;
  std::size_t made_ = 0;
};

struct SqliteJournal::Files {
  Files(const std::string& path, const SqliteJournalOptions& options, std::unique_ptr<Host> own,
        SqliteJournalPorts ports, CommitTable table, std::unique_ptr<LookUps> look_ups_opened)
      : own_host(std::move(own)),
        readers(path, options.readers_max, ports.disk),
        look_ups(std::move(look_ups_opened)),
        recent(options.recent_bytes_max),
        writer(std::move(table), *look_ups, recent, options, *ports.host) {}
  std::unique_ptr<Host> own_host;
  Readers readers;
  std::unique_ptr<LookUps> look_ups;
  RecentCommits recent;
  SqliteWriter writer;
};

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::string& path,
                                                           SqliteJournalOptions options,
                                                           SqliteJournalPorts ports) {
  static SystemClock clock;
  std::unique_ptr<Host> own_host;
  if (ports.host == nullptr) {
    own_host = make_thread_host(clock);
    ports.host = own_host.get();
  }
  sqlite::Disk& disk = ports.disk != nullptr ? *ports.disk : sqlite::system_disk();
  if (Result<void> made = CommitTable::create(path, ports.disk); !made) {
    return std::unexpected(made.error());
  }
  CommitTable table = TRY(CommitTable::open(
      path, {.wal_pages_max = static_cast<int>(options.wal_pages_max), .disk = ports.disk}));
  std::unique_ptr<LookUps> look_ups = TRY(
      LookUps::open(path + "-index", options.index_memory_entries_max, *ports.host, ports.disk));
  if (Result<void> synced = disk.sync_folder_of(path); !synced) {
    return std::unexpected(synced.error());
  }
  if (Result<void> whole = check_reaches_index(table, *look_ups, path); !whole) {
    return std::unexpected(std::move(whole).error());
  }
  for (const PartitionId partition : TRY(table.partitions())) {
    if (Result<void> good = check_last_commit(table, partition); !good) {
      return std::unexpected(std::move(good).error());
    }
    const Head head = TRY(table.head(partition));
    for (Sequence at = look_ups->missing_from(partition); at <= head.sequence; at = at.next()) {
      std::optional<CommitTable::Row> row = TRY(table.row(partition, at));
      // One that is missing is for `verify_chain` to name; what is behind it must be found all the same.
      if (row) look_ups->add(partition, TRY(to_stored(std::move(*row))).commit);
    }
  }
  return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::make_unique<Files>(
      path, options, std::move(own_host), ports, std::move(table), std::move(look_ups))));
}

SqliteJournal::SqliteJournal(std::unique_ptr<Files> files) : files_(std::move(files)) {}
SqliteJournal::~SqliteJournal() = default;

Result<Head> SqliteJournal::acquire(PartitionId partition) {
  return files_->writer.acquire(partition);
}

void SqliteJournal::append(PartitionId partition, Epoch epoch, Commit commit, AppendCallback done) {
  files_->writer.append(partition, epoch, std::move(commit), std::move(done));
}

Result<Head> SqliteJournal::head(PartitionId partition) {
  return files_->readers.with([&](CommitTable& table) { return table.head(partition); });
}

Result<std::vector<StoredCommit>> SqliteJournal::read_commits(PartitionId partition, Sequence from,
                                                              ReadLimits limits) {
  return files_->readers.with(
      [&](CommitTable& table) { return journal::read_commits(table, partition, from, limits); });
}

Result<std::vector<Event>> SqliteJournal::read(PartitionId partition, Position from,
                                               ReadLimits limits) {
  if (auto recent = files_->recent.read(partition, from, limits, {})) {
    return std::move(recent->events);
  }
  return files_->readers.with(
      [&](CommitTable& table) { return read_events(table, partition, from, limits); });
}

Result<EventPage> SqliteJournal::read_wanted(PartitionId partition, Position from,
                                             ReadLimits limits, const TypeFilter& wanted) {
  if (auto recent = files_->recent.read(partition, from, limits, wanted)) {
    return *std::move(recent);
  }
  return Journal::read_wanted(partition, from, limits, wanted);
}

Result<std::vector<Event>> SqliteJournal::read_stream(PartitionId partition, const StreamId& stream,
                                                      Version from, ReadLimits limits) {
  const std::vector<Position> candidates = TRY(files_->look_ups->positions(partition, stream));
  if (candidates.empty()) return std::vector<Event>();
  return files_->readers.with([&](CommitTable& table) {
    return read_stream_events(table, partition, candidates, stream, from, limits);
  });
}

Result<std::optional<Receipt>> SqliteJournal::find_receipt(PartitionId partition,
                                                           const ClientId& client,
                                                           std::string_view key,
                                                           Timestamp not_before) {
  const std::vector<Sequence> candidates = TRY(files_->look_ups->commits(partition, client, key));
  if (candidates.empty()) return std::nullopt;
  return files_->readers.with([&](CommitTable& table) {
    return find_newest_receipt(table, partition, candidates, client, key, not_before);
  });
}

Result<void> SqliteJournal::catch_up_indexes(PartitionId) {
  return files_->look_ups->catch_up();
}

void SqliteJournal::on_durable(std::function<void(PartitionId, const Head&)> listener) {
  files_->writer.on_durable(std::move(listener));
}

void SqliteJournal::on_failed(std::function<void(const Error&)> listener) {
  files_->writer.failure().on_failed(std::move(listener));
}

}  // namespace remit::journal
