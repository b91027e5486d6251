#include "kit/store/read_database.h"

#include "kit/base/hash.h"

namespace remit::store {
namespace {

constexpr std::string_view kOwnTables = R"sql(
CREATE TABLE read_model (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  schema_hash TEXT NOT NULL,
  checkpoint INTEGER NOT NULL
) STRICT;
)sql";

// Rows come in the order of time, indexes in none: the more of their pages stay in memory, and the longer the log grows
// before it is moved, the fewer times one page is written.
constexpr int kCacheKibibytes = 64 * 1024;
constexpr int kWalPagesMax = 16 * 1024;

std::string hash_of(std::string_view schema) {
  return to_hex(view_of(sha256(as_bytes(schema))));
}

}  // namespace

Result<std::unique_ptr<ReadDatabase>> ReadDatabase::open(std::string path, std::string schema,
                                                         sqlite::Disk* disk) {
  auto opened = std::unique_ptr<ReadDatabase>(new ReadDatabase(
      std::move(path), std::move(schema), disk != nullptr ? *disk : sqlite::system_disk()));
  Result<void> ready = opened->open_file();
  if (ready) {
    const Result<bool> current = opened->is_current();
    if (current && *current) return opened;
    // What cannot be read at present may be whole.
    if (!current && current.error().code != ErrorCode::Corrupt) {
      return std::unexpected(current.error());
    }
  } else if (ready.error().code != ErrorCode::Corrupt) {
    return std::unexpected(std::move(ready).error());
  }
  opened->database_.reset();
  opened->disk_.remove_database(opened->path_);
  if (ready = opened->open_file(); !ready) return std::unexpected(std::move(ready).error());
  if (ready = opened->make_tables(); !ready) return std::unexpected(std::move(ready).error());
  return opened;
}

Result<void> ReadDatabase::open_file() {
  database_ = TRY(sqlite::Database::open(path_, {.durability = sqlite::Durability::Normal,
                                                 .cache_kib = kCacheKibibytes,
                                                 .wal_pages_max = kWalPagesMax,
                                                 .disk = &disk_}));
  return {};
}

Result<bool> ReadDatabase::is_current() {
  sqlite::Statement known = TRY(database_->prepare(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'read_model'"));
  if (!TRY(known.step()) || known.integer(0) == 0) return false;
  sqlite::Statement row = TRY(database_->prepare("SELECT schema_hash FROM read_model"));
  return TRY(row.step()) && row.text(0) == hash_of(schema_);
}

Result<void> ReadDatabase::make_tables() {
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(*database_));
  if (auto made = database_->execute(std::string(kOwnTables) + schema_); !made) return made;
  sqlite::Statement row = TRY(database_->prepare("INSERT INTO read_model VALUES (1, ?, 0)"));
  if (auto stored = row.bind(hash_of(schema_)).run(); !stored) return stored;
  return transaction.commit();
}

Result<std::uint64_t> ReadDatabase::checkpoint() {
  sqlite::Statement row = TRY(database_->prepare("SELECT checkpoint FROM read_model"));
  if (!TRY(row.step())) {
    return fail(ErrorCode::Corrupt, "read_model_damaged",
                path_ + " lacks its checkpoint; delete the file and restart.");
  }
  return row.number(0);
}

Result<void> ReadDatabase::set_checkpoint(std::uint64_t cursor) {
  sqlite::Statement row = TRY(database_->prepare("UPDATE read_model SET checkpoint = ?"));
  return row.bind(cursor).run();
}

Result<void> ReadDatabase::reset() {
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(*database_));
  sqlite::Statement names = TRY(database_->prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name "
      "<> 'read_model'"));
  std::vector<std::string> tables;
  while (TRY(names.step())) tables.push_back(names.text(0));
  names.reset();
  for (const std::string& table : tables) {
    if (auto emptied = database_->execute("DELETE FROM \"" + table + "\""); !emptied) {
      return emptied;
    }
  }
  if (auto stored = set_checkpoint(0); !stored) return stored;
  return transaction.commit();
}

Result<std::unique_ptr<ReadQueries>> ReadQueries::start(const std::string& path, std::string name,
                                                        Host& host, sqlite::Disk* disk) {
  sqlite::Database database = TRY(sqlite::Database::open(path, {.read_only = true, .disk = disk}));
  auto queries =
      std::unique_ptr<ReadQueries>(new ReadQueries(std::move(database), std::move(name), host));
  host.attach(*queries);
  return queries;
}

ReadQueries::~ReadQueries() {
  host_.detach(*this);
}

bool ReadQueries::ask(Query query) {
  if (!waiting_.try_push(std::move(query))) return false;
  host_.wake(*this);
  return true;
}

bool ReadQueries::step() {
  constexpr std::size_t kQueriesPerStep = 64;
  taken_.clear();
  waiting_.drain(taken_, kQueriesPerStep);
  for (Query& query : taken_) query(database_);
  taken_.clear();
  return waiting_.size() > 0;
}

}  // namespace remit::store
