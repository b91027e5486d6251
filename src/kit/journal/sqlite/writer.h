#pragma once

#include "kit/journal/journal.h"
#include "kit/journal/sqlite/commit_table.h"
#include "kit/journal/sqlite/look_ups.h"
#include "kit/journal/sqlite/recent_commits.h"
#include "kit/journal/sqlite/sqlite_journal.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace remit::journal {

/// The thread that appends: takes everything that waits, up to a bound, into one transaction, and tells each how it ended.
class SqliteWriter {
 public:
  SqliteWriter(CommitTable table, LookUps& look_ups, RecentCommits& recent,
               SqliteJournalOptions options);
  /// Ends what waits, then stops.
  ~SqliteWriter();

  void append(PartitionId partition, Epoch epoch, Commit commit, Journal::AppendCallback done);
  /// Raises the epoch once everything that waits is done, so that no append of this process is overtaken.
  Result<Head> acquire(PartitionId partition);
  void on_durable(std::function<void(PartitionId, const Head&)> listener);

 private:
  struct Pending {
    PartitionId partition;
    Epoch epoch;
    Commit commit;
    Bytes body;
    Journal::AppendCallback done;
    std::optional<AppendOutcome> outcome;
  };
  void work();
  void write(std::vector<Pending>& group);
  Result<void> write_in_transaction(std::vector<Pending>& group);
  void fail_group(std::vector<Pending>& group, const Error& error);

  const SqliteJournalOptions options_;
  CommitTable table_;  ///< Used on the writer's thread, or while it waits, under the lock.
  LookUps& look_ups_;
  RecentCommits& recent_;
  std::function<void(PartitionId, const Head&)> listener_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Pending> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool writing_ = false;
  bool stopping_ = false;
  std::map<PartitionId, bool>
      broken_;                   ///< An append failed: refuse what follows until the next acquire.
  std::optional<Error> failed_;  ///< A sync failed: refuse everything from then on.
  std::thread thread_;
};

}  // namespace remit::journal
