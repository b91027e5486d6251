#pragma once

#include "kit/base/result.h"
#include "kit/journal/index/sorted_run.h"
#include "kit/sqlite/database.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace remit::journal {

/// Finds events by stream and receipts by key, beside the log and made from it: sorted runs in tiers, each with a filter in
/// memory, so that a log that grows without end costs a sequential write now and then instead of a B-tree insert per event.
/// What was added is found at once; it becomes durable in the background, and whatever a crash takes is added again from the
/// log behind `durable_through`. Thread safe.
class LookUpIndex {
 public:
  struct Options {
    std::size_t memory_entries_max =
        65'536;                  ///< After which entries are sorted and written as one run.
    std::size_t frozen_max = 8;  ///< Full sets waiting for the writer before `add` waits too.
    std::size_t fan_in = 8;      ///< Runs of one tier that are merged into one of the next.
  };

  /// Opens the file of runs, makes it if need be, and starts the thread that writes and merges.
  static Result<std::unique_ptr<LookUpIndex>> open(const std::string& path, Options options);
  ~LookUpIndex();

  /// Entries of one commit. `tree` tells apart partitions and kinds; sequences of one tree only grow.
  void add(std::uint64_t tree, std::uint64_t sequence, std::span<const IndexEntry> entries);
  /// Every place that was added under the hash, in order.
  Result<std::vector<std::uint64_t>> find(std::uint64_t tree, std::uint64_t hash);
  /// The commit up to which the tree's runs are on the disk.
  std::uint64_t durable_through(std::uint64_t tree);
  /// The trees that have runs on the disk.
  std::vector<std::uint64_t> trees();
  /// Writes and merges all that is due, and returns when it is on the disk.
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

  LookUpIndex(sqlite::Database writer, sqlite::Database reader, Options options);
  Result<void> load();
  void work();
  bool work_is_due() const;
  Result<void> write_one(std::unique_lock<std::mutex>& lock);
  Result<void> merge_one(std::unique_lock<std::mutex>& lock);
  Result<std::shared_ptr<const Run>> store(std::uint64_t tree, int level, std::uint64_t through,
                                           std::span<const IndexEntry> sorted,
                                           std::span<const std::shared_ptr<const Run>> replaced);
  Result<std::vector<IndexEntry>> read_all(sqlite::Database& database, std::int64_t row);
  Result<void> find_in_run(const Run& run, std::uint64_t hash, std::vector<std::uint64_t>& found);
  static void find_in_memory(const MemorySet& set, std::uint64_t hash,
                             std::vector<std::uint64_t>& found);
  void freeze(Tree& tree);
  MemorySet make_set() const;
  static Run describe(std::int64_t row, int level, std::uint64_t through,
                      std::span<const IndexEntry> sorted);

  const Options options_;
  sqlite::Database writer_;  ///< Used on the index's thread only.
  sqlite::Database reader_;  ///< Guarded by reader_mutex_.
  std::mutex reader_mutex_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Tree> trees_;
  std::optional<Error> failed_;
  bool flush_ = false;  ///< Somebody waits for everything.
  bool working_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace remit::journal
