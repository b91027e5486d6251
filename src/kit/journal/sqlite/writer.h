#pragma once

#include "kit/base/host.h"
#include "kit/journal/journal.h"
#include "kit/journal/sqlite/commit_table.h"
#include "kit/journal/sqlite/journal_failure.h"
#include "kit/journal/sqlite/look_ups.h"
#include "kit/journal/sqlite/recent_commits.h"
#include "kit/journal/sqlite/sqlite_journal.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace remit::journal {

/// What appends: takes everything that waits, up to a bound, into one transaction, and tells each how it ended. Runs on a
/// host; who has to wait for its work does it.
class SqliteWriter final : public Component {
 public:
  SqliteWriter(CommitTable table, LookUps& look_ups, RecentCommits& recent,
               SqliteJournalOptions options, Host& host);
  /// Ends what waits, then stops.
  ~SqliteWriter() override;

  std::string name() const override { return "journal"; }
  bool step() override;

  void append(PartitionId partition, Epoch epoch, Commit commit, Journal::AppendCallback done);
  /// Raises the epoch once everything that waits is done, so that no append of this process is overtaken.
  Result<Head> acquire(PartitionId partition);
  void on_durable(std::function<void(PartitionId, const Head&)> listener);
  /// Everything is refused once it says so.
  JournalFailure& failure() { return *failure_; }

 private:
  struct Pending {
    PartitionId partition;
    Epoch epoch;
    Commit commit;
    Bytes body;
    Journal::AppendCallback done;
    std::optional<AppendOutcome> outcome;
  };
  void work(std::unique_lock<std::mutex>& lock);
  std::vector<Pending> take_group();
  void write(std::vector<Pending>& group);
  Result<void> write_in_transaction(std::vector<Pending>& group);
  void fail_group(std::vector<Pending>& group, const Error& error);

  const SqliteJournalOptions options_;
  Host& host_;
  CommitTable table_;  ///< Used by whoever works, or under the lock while nobody does.
  LookUps& look_ups_;
  RecentCommits& recent_;
  std::function<void(PartitionId, const Head&)> listener_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Pending> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool writing_ = false;
  std::map<PartitionId, bool>
      broken_;  ///< An append failed: refuse what follows until the next acquire.
  const std::shared_ptr<JournalFailure> failure_;  ///< With the index, which outlives the writer.
};

}  // namespace remit::journal
