#pragma once

#include "kit/base/host.h"
#include "kit/base/result.h"
#include "kit/journal/failure_latch.h"
#include "kit/journal/index/sorted_run.h"
#include "kit/sqlite/database.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remit::journal {

/// Finds events by stream and receipts by key, beside the log and made from it: sorted runs in tiers, each with a filter in
/// memory, so that a log that grows without end costs a sequential write now and then instead of a B-tree insert per event.
/// What was added is found at once; it becomes durable in the background, and whatever a crash takes is added again from the
/// log behind `durable_through`. Runs on a host; who has to wait for its work does it. What is Unavailable, a full disk or a
/// busy file, is tried again every second; any other failure ends the writing for good. Thread safe.
class LookUpIndex final : public Component {
 public:
  struct Options {
    std::size_t memory_entries_max =
        65'536;                  ///< After which entries are sorted and written as one run.
    std::size_t frozen_max = 8;  ///< Full sets waiting for the writer before `add` waits too.
    std::size_t fan_in = 8;      ///< Runs of one tier that are merged into one of the next.
  };

  /// Opens the file of runs and makes it if need be. `disk`: null for the machine's own.
  static Result<std::unique_ptr<LookUpIndex>> open(const std::string& path, Options options,
                                                   Host& host, sqlite::Disk* disk = nullptr);
  ~LookUpIndex() override;

  std::string name() const override { return "journal-index"; }
  bool step() override;
  /// Called once, on whichever thread saw it, when what was written is not known any more. At once when it is so already.
  void on_failed(std::function<void(const Error&)> listener);

  /// Entries of one commit. `tree` tells apart partitions and kinds; sequences of one tree only grow.
  void add(std::uint64_t tree, std::uint64_t sequence, std::span<const IndexEntry> entries);
  /// Every place that was added under the hash, in order.
  Result<std::vector<std::uint64_t>> find(std::uint64_t tree, std::uint64_t hash);
  /// The commit up to which the tree's runs are on the disk.
  std::uint64_t durable_through(std::uint64_t tree);
  /// The trees that have runs on the disk.
  std::vector<std::uint64_t> trees();
  /// Writes and merges all that is due, and returns when it is on the disk, or why it is not. A rest after a full disk or a busy
  /// file ends with it.
  Result<void> catch_up();

 private:
  struct Run {
    std::int64_t row = 0;
    int level = 0;
    std::uint64_t through = 0;
    std::size_t entries = 0;
    std::vector<std::uint64_t> fences;  ///< The hash of every kFenceEntries-th entry.
    HashFilter filter{0};
  };
  struct MemorySet {
    std::vector<IndexEntry> entries;
    std::size_t sorted = 0;  ///< Entries before this are in order, in blocks.
    std::uint64_t through = 0;
    HashFilter filter{0};
  };
  struct Tree {
    MemorySet open;
    std::deque<std::shared_ptr<const MemorySet>> frozen;
    std::vector<std::shared_ptr<const Run>> runs;
    std::uint64_t durable_through = 0;
  };

  struct Waker;
  LookUpIndex(sqlite::Database writer, sqlite::Database reader, Options options, Host& host);
  Result<void> load();
  bool work_is_due() const;
  bool may_work() const;
  /// It failed or rests.
  bool stands() const;
  void rest_is_over();
  void work(std::unique_lock<std::mutex>& lock);
  void fail_or_rest(std::unique_lock<std::mutex>& lock, const Error& error);
  Result<void> write_one(std::unique_lock<std::mutex>& lock);
  Result<void> merge_one(std::unique_lock<std::mutex>& lock);
  Result<std::shared_ptr<const Run>> merge(std::uint64_t tree, int level,
                                           std::span<const std::shared_ptr<const Run>> inputs);
  Result<std::shared_ptr<const Run>> store(std::uint64_t tree, int level, std::uint64_t through,
                                           std::span<const IndexEntry> sorted,
                                           std::span<const std::shared_ptr<const Run>> replaced);
  Result<std::vector<IndexEntry>> read_all(sqlite::Database& database, std::int64_t row);
  Result<void> find_in_run(const Run& run, std::uint64_t hash, std::vector<std::uint64_t>& found);
  /// Of a run that is not in the file: it is in the list for all that, while nobody works on either.
  bool is_lost(std::uint64_t tree, const std::shared_ptr<const Run>& run);
  static void find_in_memory(const MemorySet& set, std::uint64_t hash,
                             std::vector<std::uint64_t>& found);
  void freeze(Tree& tree);
  MemorySet make_set() const;
  static Run describe(std::int64_t row, int level, std::uint64_t through,
                      std::span<const IndexEntry> sorted);

  const Options options_;
  Host& host_;
  sqlite::Database writer_;  ///< Used by whoever works.
  sqlite::Database reader_;  ///< Guarded by reader_mutex_.
  std::mutex reader_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Tree> trees_;
  FailureLatch failure_;
  bool working_ = false;
  std::optional<Error> resting_;  ///< Why nothing is written before a timer has fired.
  const std::shared_ptr<Waker> waker_;
};

}  // namespace remit::journal
