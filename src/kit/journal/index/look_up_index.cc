#include "kit/journal/index/look_up_index.h"

#include "kit/base/check.h"
#include "kit/sqlite/failure.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace remit::journal {
namespace {
constexpr std::size_t kBlockEntries = 2048;           // Sorted in memory in blocks of this many.
constexpr std::size_t kFenceEntries = 64;             // One kibibyte of a run between fences.
constexpr std::uint32_t kApplicationId = 0x524D4958;  // "RMIX"
constexpr Duration kRest = std::chrono::seconds(1);

constexpr auto kLayout =
    "CREATE TABLE IF NOT EXISTS runs(id INTEGER PRIMARY KEY, tree INTEGER NOT NULL, level INTEGER "
    "NOT NULL, through INTEGER NOT NULL, body BLOB NOT NULL)";

auto range_of(std::span<const IndexEntry> sorted, std::uint64_t hash) {
  return std::ranges::equal_range(sorted, hash, {}, &IndexEntry::hash);
}
Error unreadable() {
  return {ErrorCode::Corrupt,
          "index_unreadable",
          "The index file cannot be read; delete it, it is made again from the journal.",
          {},
          nullptr};
}

std::unexpected<Error> read_failure(sqlite::Database& database, int code) {
  auto error = sqlite::failure(database.raw(), code, "read the index");
  if (error.error().code == ErrorCode::Corrupt) return std::unexpected(unreadable());
  return error;
}
}  // namespace

/// For the timer, which may fire after the end.
struct LookUpIndex::Waker {
  std::mutex mutex;
  LookUpIndex* index = nullptr;
};

Result<std::unique_ptr<LookUpIndex>> LookUpIndex::open(const std::string& path, Options options,
                                                       Host& host, sqlite::Disk* disk) {
  const sqlite::OpenOptions file{.durability = sqlite::Durability::Normal,
                                 .page_bytes = 16'384,
                                 .application_id = kApplicationId,
                                 .disk = disk};
  sqlite::Database writer = TRY(sqlite::Database::open(path, file));
  if (Result<void> made = writer.execute(kLayout); !made) return std::unexpected(made.error());
  sqlite::Database reader = TRY(sqlite::Database::open(path, {.read_only = true, .disk = disk}));
  std::unique_ptr<LookUpIndex> index(
      new LookUpIndex(std::move(writer), std::move(reader), options, host));
  if (Result<void> loaded = index->load(); !loaded) return std::unexpected(loaded.error());
  return index;
}

LookUpIndex::LookUpIndex(sqlite::Database writer, sqlite::Database reader, Options options,
                         Host& host)
    : options_(options),
      host_(host),
      writer_(std::move(writer)),
      reader_(std::move(reader)),
      waker_(std::make_shared<Waker>()) {
  waker_->index = this;
  host_.attach(*this);
}

LookUpIndex::~LookUpIndex() {
  {
    const std::lock_guard lock(waker_->mutex);
    waker_->index = nullptr;
  }
  host_.detach(*this);
}

void LookUpIndex::on_failed(std::function<void(const Error&)> listener) {
  failure_.on_failed(std::move(listener));
}

LookUpIndex::MemorySet LookUpIndex::make_set() const {
  MemorySet set;
  set.entries.reserve(options_.memory_entries_max);
  set.filter = HashFilter(options_.memory_entries_max);
  return set;
}

LookUpIndex::Run LookUpIndex::describe(std::int64_t row, int level, std::uint64_t through,
                                       std::span<const IndexEntry> sorted) {
  Run run{.row = row,
          .level = level,
          .through = through,
          .entries = sorted.size(),
          .fences = {},
          .filter = HashFilter(sorted.size())};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i % kFenceEntries == 0) run.fences.push_back(sorted[i].hash);
    run.filter.add(sorted[i].hash);
  }
  return run;
}

Result<void> LookUpIndex::load() {
  // Its thread is there already.
  const std::lock_guard lock(mutex_);
  sqlite::Statement rows =
      TRY(writer_.prepare("SELECT id, tree, level, through, body FROM runs ORDER BY id"));
  while (TRY(rows.step())) {
    Tree& tree = trees_[rows.number(1)];
    const std::vector<IndexEntry> entries = decode_run(rows.blob(4));
    tree.runs.push_back(std::make_shared<const Run>(
        describe(rows.integer(0), static_cast<int>(rows.integer(2)), rows.number(3), entries)));
    tree.durable_through = std::max(tree.durable_through, rows.number(3));
  }
  return {};
}

void LookUpIndex::add(std::uint64_t tree_id, std::uint64_t sequence,
                      std::span<const IndexEntry> entries) {
  std::unique_lock lock(mutex_);
  Tree& tree = trees_[tree_id];
  // While it rests, sets pile up: of a full disk the journal, from which entries come, finds no room either.
  while (tree.frozen.size() >= options_.frozen_max && !stands()) work(lock);
  if (tree.open.entries.capacity() == 0) tree.open = make_set();
  MemorySet& open = tree.open;
  for (const IndexEntry& entry : entries) {
    open.entries.push_back(entry);
    open.filter.add(entry.hash);
    if (open.entries.size() - open.sorted == kBlockEntries) {
      std::sort(open.entries.end() - kBlockEntries, open.entries.end());
      open.sorted = open.entries.size();
    }
  }
  open.through = sequence;
  if (open.entries.size() >= options_.memory_entries_max) {
    freeze(tree);
    lock.unlock();
    host_.wake(*this);
  }
}

void LookUpIndex::freeze(Tree& tree) {
  if (tree.open.entries.empty()) return;
  tree.frozen.push_back(std::make_shared<const MemorySet>(std::exchange(tree.open, make_set())));
}

void LookUpIndex::find_in_memory(const MemorySet& set, std::uint64_t hash,
                                 std::vector<std::uint64_t>& found) {
  if (set.entries.empty() || !set.filter.may_contain(hash)) return;
  const std::span<const IndexEntry> all(set.entries);
  for (std::size_t at = 0; at < set.sorted; at += kBlockEntries) {
    for (const IndexEntry& entry : range_of(all.subspan(at, kBlockEntries), hash)) {
      found.push_back(entry.where);
    }
  }
  for (const IndexEntry& entry : all.subspan(set.sorted)) {
    if (entry.hash == hash) found.push_back(entry.where);
  }
}

Result<std::vector<std::uint64_t>> LookUpIndex::find(std::uint64_t tree_id, std::uint64_t hash) {
  std::vector<std::uint64_t> found;
  std::vector<std::shared_ptr<const Run>> runs;
  {
    const std::lock_guard lock(mutex_);
    const auto tree = trees_.find(tree_id);
    if (tree == trees_.end()) return found;
    find_in_memory(tree->second.open, hash, found);
    for (const auto& set : tree->second.frozen) find_in_memory(*set, hash, found);
    for (const auto& run : tree->second.runs) {
      if (run->filter.may_contain(hash)) runs.push_back(run);
    }
  }
  for (const auto& run : runs) {
    Result<void> looked = find_in_run(*run, hash, found);
    // A merge took the run away between the look at the list and the read: its entries are in a newer one.
    if (!looked && looked.error().code == ErrorCode::NotFound) {
      if (is_lost(tree_id, run)) return std::unexpected(unreadable());
      return find(tree_id, hash);
    }
    if (!looked) return std::unexpected(std::move(looked).error());
  }
  std::ranges::sort(found);
  const auto twice = std::ranges::unique(found);
  found.erase(twice.begin(), twice.end());
  return found;
}

Result<void> LookUpIndex::find_in_run(const Run& run, std::uint64_t hash,
                                      std::vector<std::uint64_t>& found) {
  // From the last fence below the hash: entries of one hash may begin in the middle of a block and span several.
  const auto fence = std::ranges::lower_bound(run.fences, hash);
  const auto before = static_cast<std::size_t>(fence - run.fences.begin());
  std::size_t at = before == 0 ? 0 : (before - 1) * kFenceEntries;
  const std::lock_guard lock(reader_mutex_);
  sqlite3_blob* blob = nullptr;
  const int opened =
      sqlite::call(sqlite3_blob_open, reader_.raw(), "main", "runs", "body", run.row, 0, &blob);
  if (opened == SQLITE_ERROR) {
    sqlite3_blob_close(blob);
    return fail(ErrorCode::NotFound, "index_run_gone", "The run was merged into another.");
  }
  if (opened != SQLITE_OK) return read_failure(reader_, opened);
  const std::unique_ptr<sqlite3_blob, int (*)(sqlite3_blob*)> closes(blob, sqlite3_blob_close);
  std::array<IndexEntry, kFenceEntries> block{};
  while (at < run.entries) {
    const std::size_t count = std::min(kFenceEntries, run.entries - at);
    const int code = sqlite::call(sqlite3_blob_read, blob, block.data(),
                                  static_cast<int>(count * sizeof(IndexEntry)),
                                  static_cast<int>(at * sizeof(IndexEntry)));
    if (code != SQLITE_OK) return read_failure(reader_, code);
    for (const IndexEntry& entry : std::span(block).first(count)) {
      if (entry.hash > hash) return {};
      if (entry.hash == hash) found.push_back(entry.where);
    }
    at += count;
  }
  return {};
}

bool LookUpIndex::is_lost(std::uint64_t tree, const std::shared_ptr<const Run>& run) {
  std::unique_lock lock(mutex_);
  // A merge takes a run from the file before it takes it from the list.
  changed_.wait(lock, [this] { return !working_; });
  return std::ranges::find(trees_[tree].runs, run) != trees_[tree].runs.end();
}

std::uint64_t LookUpIndex::durable_through(std::uint64_t tree) {
  const std::lock_guard lock(mutex_);
  return trees_[tree].durable_through;
}

std::vector<std::uint64_t> LookUpIndex::trees() {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> found;
  for (const auto& [id, tree] : trees_) {
    if (!tree.runs.empty()) found.push_back(id);
  }
  return found;
}

Result<void> LookUpIndex::catch_up() {
  std::unique_lock lock(mutex_);
  for (auto& [id, tree] : trees_) freeze(tree);
  resting_.reset();
  while ((working_ || work_is_due()) && !stands()) work(lock);
  if (const std::optional<Error> failed = failure_.error()) return std::unexpected(*failed);
  if (resting_) return std::unexpected(*resting_);
  return {};
}

bool LookUpIndex::work_is_due() const {
  return std::ranges::any_of(trees_, [this](const auto& entry) {
    const Tree& tree = entry.second;
    if (!tree.frozen.empty()) return true;
    std::map<int, std::size_t> tiers;
    for (const auto& run : tree.runs) ++tiers[run->level];
    return std::ranges::any_of(tiers,
                               [this](const auto& tier) { return tier.second >= options_.fan_in; });
  });
}

bool LookUpIndex::step() {
  std::unique_lock lock(mutex_);
  if (may_work()) work(lock);
  return may_work();
}

bool LookUpIndex::may_work() const {
  return !working_ && !stands() && work_is_due();
}

bool LookUpIndex::stands() const {
  return resting_ || failure_.failed();
}

/// One write and one merge; or waits for the end of somebody else's.
void LookUpIndex::work(std::unique_lock<std::mutex>& lock) {
  if (working_) {
    changed_.wait(lock, [this] { return !working_; });
    return;
  }
  working_ = true;
  Result<void> worked = write_one(lock);
  if (worked) worked = merge_one(lock);
  working_ = false;
  changed_.notify_all();
  if (!worked) fail_or_rest(lock, worked.error());
}

void LookUpIndex::fail_or_rest(std::unique_lock<std::mutex>& lock, const Error& error) {
  if (error.code == ErrorCode::Unavailable) {
    resting_ = error;
    host_.timers().after(kRest, [waker = waker_] {
      const std::lock_guard guard(waker->mutex);
      if (waker->index != nullptr) waker->index->rest_is_over();
    });
    return;
  }
  const auto tell = failure_.fail(error);
  lock.unlock();
  tell();
  lock.lock();
}

void LookUpIndex::rest_is_over() {
  {
    const std::lock_guard lock(mutex_);
    resting_.reset();
  }
  host_.wake(*this);
}

Result<void> LookUpIndex::write_one(std::unique_lock<std::mutex>& lock) {
  const auto due =
      std::ranges::find_if(trees_, [](const auto& entry) { return !entry.second.frozen.empty(); });
  if (due == trees_.end()) return {};
  const std::uint64_t id = due->first;
  const std::shared_ptr<const MemorySet> set = due->second.frozen.front();
  lock.unlock();
  std::vector<IndexEntry> sorted = set->entries;
  std::ranges::sort(sorted);
  Result<std::shared_ptr<const Run>> run = store(id, 0, set->through, sorted, {});
  lock.lock();
  if (!run) return std::unexpected(std::move(run).error());
  Tree& tree = trees_[id];
  tree.runs.push_back(std::move(*run));
  tree.frozen.pop_front();
  tree.durable_through = set->through;
  return {};
}

Result<void> LookUpIndex::merge_one(std::unique_lock<std::mutex>& lock) {
  for (auto& [id, tree] : trees_) {
    std::map<int, std::vector<std::shared_ptr<const Run>>> tiers;
    for (const auto& run : tree.runs) tiers[run->level].push_back(run);
    const auto full = std::ranges::find_if(
        tiers, [this](const auto& tier) { return tier.second.size() >= options_.fan_in; });
    if (full == tiers.end()) continue;
    const std::vector<std::shared_ptr<const Run>>& inputs = full->second;
    const std::uint64_t tree_id = id;
    lock.unlock();
    Result<std::shared_ptr<const Run>> merged = merge(tree_id, full->first + 1, inputs);
    lock.lock();
    if (!merged) return std::unexpected(std::move(merged).error());
    auto& runs = trees_[tree_id].runs;
    std::erase_if(runs,
                  [&](const auto& run) { return std::ranges::find(inputs, run) != inputs.end(); });
    runs.push_back(std::move(*merged));
    return {};
  }
  return {};
}

Result<std::shared_ptr<const LookUpIndex::Run>> LookUpIndex::merge(
    std::uint64_t tree, int level, std::span<const std::shared_ptr<const Run>> inputs) {
  std::vector<std::vector<IndexEntry>> lists;
  std::uint64_t through = 0;
  for (const auto& run : inputs) {
    lists.push_back(TRY(read_all(writer_, run->row)));
    through = std::max(through, run->through);
  }
  return store(tree, level, through, merge_runs(std::move(lists)), inputs);
}

Result<std::vector<IndexEntry>> LookUpIndex::read_all(sqlite::Database& database,
                                                      std::int64_t row) {
  sqlite::Statement read = TRY(database.prepare("SELECT body FROM runs WHERE id = ?"));
  read.bind(row);
  if (!TRY(read.step())) {
    return fail(ErrorCode::Corrupt, "index_run_missing", "The index lost a run; delete its file.");
  }
  return decode_run(read.blob(0));
}

Result<std::shared_ptr<const LookUpIndex::Run>> LookUpIndex::store(
    std::uint64_t tree, int level, std::uint64_t through, std::span<const IndexEntry> sorted,
    std::span<const std::shared_ptr<const Run>> replaced) {
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(writer_));
  sqlite::Statement insert =
      TRY(writer_.prepare("INSERT INTO runs(tree, level, through, body) VALUES(?, ?, ?, ?)"));
  const Bytes body = encode_run(sorted);
  if (Result<void> ran = insert.bind(tree, level, through, ByteView(body)).run(); !ran) {
    return std::unexpected(std::move(ran).error());
  }
  const std::int64_t row = sqlite3_last_insert_rowid(writer_.raw());
  sqlite::Statement remove = TRY(writer_.prepare("DELETE FROM runs WHERE id = ?"));
  for (const auto& run : replaced) {
    if (Result<void> ran = remove.bind(run->row).run(); !ran) {
      return std::unexpected(std::move(ran).error());
    }
  }
  if (Result<void> done = transaction.commit(); !done) {
    return std::unexpected(std::move(done).error());
  }
  return std::make_shared<const Run>(describe(row, level, through, sorted));
}

}  // namespace remit::journal
