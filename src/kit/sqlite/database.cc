#include "kit/sqlite/database.h"

#include "kit/base/check.h"
#include "kit/base/planted.h"
#include "kit/sqlite/failure.h"
#include "kit/sqlite/idle_statements.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace remit::sqlite {
namespace {

/// SQLite keeps connection, statement and SQL apart; errors shall name the SQL.
std::unexpected<Error> failure_of(sqlite3_stmt* statement, int code) {
  return failure(sqlite3_db_handle(statement), code,
                 fmt::format("run '{}'", sqlite3_sql(statement)));
}

Result<void> check_mark(Database& database, std::uint32_t application_id) {
  Statement read = TRY(database.prepare("PRAGMA application_id"));
  const bool row = TRY(read.step());
  const std::uint64_t found = row ? read.number(0) : 0;
  read.reset();
  if (found == application_id) return {};
  Statement tables = TRY(database.prepare("SELECT count(*) FROM sqlite_master"));
  (void)TRY(tables.step());
  const bool fresh = tables.number(0) == 0;
  tables.reset();
  if (!fresh) {
    return fail(ErrorCode::FailedPrecondition, "wrong_file",
                "The file is a SQLite database of something else; name another file.");
  }
  return database.execute(fmt::format("PRAGMA application_id={}", application_id));
}

constexpr int kBusyMilliseconds = 10'000;

/// SQLite takes what it reads in the WAL for durable. After a process that ended because a sync failed it may not be, and
/// Linux does not tell again: a move of such pages into the file that a power cut interrupts would leave neither. So nothing
/// is done with a WAL that is found before it was written once more. Whoever is writing now has seen to it before.
Result<void> secure_log(Database& database, Disk& disk, const std::string& path) {
  sqlite3_busy_timeout(database.raw(), 0);
  const Result<void> mine = database.execute("BEGIN IMMEDIATE");
  sqlite3_busy_timeout(database.raw(), kBusyMilliseconds);
  if (!mine && mine.error().reason == "database_busy") return {};
  if (!mine) return mine;
  const Result<void> secured = disk.write_again(path + "-wal");
  const Result<void> ended = database.execute("ROLLBACK");
  return secured ? ended : secured;
}

/// What moves the WAL into the file when it is long. SQLite's own does the same and keeps a failure to itself.
int on_wal(void* pages_max, sqlite3* database, const char* name, int pages) {
  if (pages < static_cast<int>(reinterpret_cast<std::intptr_t>(pages_max))) return SQLITE_OK;
  const int code =
      sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  // Without room the WAL grows on, and whoever writes next hears of it; while others read, the next one moves more.
  return (code & 0xFF) == SQLITE_IOERR ? code : SQLITE_OK;
}

}  // namespace

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}
void Statement::GiveBack::operator()(sqlite3_stmt* statement) const {
  idle->give(statement);
}

Database::Database(sqlite3* raw) : raw_(raw), idle_(std::make_shared<IdleStatements>()) {}

Database::~Database() {
  if (idle_) idle_->close();
}

Database& Database::operator=(Database&& other) noexcept {
  if (idle_) idle_->close();
  idle_ = std::move(other.idle_);
  raw_ = std::move(other.raw_);
  return *this;
}

Result<Database> Database::open(const std::string& path, const OpenOptions& options) {
  Disk& disk = options.disk != nullptr ? *options.disk : system_disk();
  // Counting all memory under one lock is for those who read the counts.
  [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3* raw = nullptr;
  // A URI of SQLite, "file:...", names what no path does: a database in memory.
  const int flags =
      (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
  const int code = call(sqlite3_open_v2, path.c_str(), &raw, flags, disk.vfs());
  Database database(raw);
  if (code != SQLITE_OK) return failure(raw, code, fmt::format("open {}", path));
  // SQLite opens for reading what it cannot open for writing, whatever the reason, and then takes BEGIN IMMEDIATE for BEGIN.
  if (!options.read_only && sqlite3_db_readonly(raw, "main") != 0) {
    return failure(nullptr, SQLITE_READONLY, fmt::format("open {} for writing", path));
  }
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  std::string_view synchronous = options.durability == Durability::Full ? "FULL" : "NORMAL";
  if (planted(Bug::SyncSkipped)) synchronous = "OFF";
  const std::string pragmas =
      options.read_only ? fmt::format("PRAGMA cache_size=-{}", options.cache_kib)
                        : fmt::format(
                              "PRAGMA page_size={};PRAGMA journal_mode=WAL;PRAGMA synchronous={};"
                              "PRAGMA cache_size=-{};PRAGMA temp_store=MEMORY;",
                              options.page_bytes, synchronous, options.cache_kib);
  if (Result<void> set = database.execute(pragmas); !set) return std::unexpected(set.error());
  if (!options.read_only) {
    if (Result<void> secured = secure_log(database, disk, path); !secured) {
      return std::unexpected(secured.error());
    }
    sqlite3_wal_hook(raw, on_wal,
                     reinterpret_cast<void*>(static_cast<std::intptr_t>(options.wal_pages_max)));
  }
  if (options.application_id != 0 && !options.read_only) {
    if (Result<void> marked = check_mark(database, options.application_id); !marked) {
      return std::unexpected(std::move(marked).error());
    }
  }
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  const int code = call(sqlite3_exec, raw(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(raw(), code, fmt::format("run '{}'", sql));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  if (sqlite3_stmt* idle = idle_->take(sql)) return Statement(idle, idle_);
  sqlite3_stmt* statement = nullptr;
  const int code = call(sqlite3_prepare_v3, raw(), sql.data(), static_cast<int>(sql.size()),
                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure(raw(), code, fmt::format("prepare '{}'", sql));
  return Statement(statement, idle_);
}

Result<int> Database::layout() {
  Statement read = TRY(prepare("PRAGMA user_version"));
  (void)TRY(read.step());
  return static_cast<int>(read.integer(0));
}

Result<void> Database::set_layout(int number) {
  return execute(fmt::format("PRAGMA user_version={}", number));
}

Result<bool> Statement::step() {
  const int code = call(sqlite3_step, raw_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  // The first answer may be no more than that there is an error.
  const int ended = sqlite3_reset(raw_.get());
  return failure_of(raw_.get(), ended != SQLITE_OK ? ended : code);
}

Result<void> Statement::run() {
  const Result<bool> row = step();
  reset();
  if (!row) return std::unexpected(row.error());
  return {};
}

void Statement::reset() {
  sqlite3_reset(raw_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(raw_.get(), column);
}

std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(raw_.get(), column);
  const int size = sqlite3_column_bytes(raw_.get(), column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(raw_.get(), column) == SQLITE_NULL;
}

ByteView Statement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(raw_.get(), column);
  const int size = sqlite3_column_bytes(raw_.get(), column);
  return {static_cast<const std::byte*>(bytes), static_cast<std::size_t>(size)};
}

void Statement::bind_at(int index, std::int64_t value) {
  CHECK(sqlite3_bind_int64(raw_.get(), index, value) == SQLITE_OK, "parameter {} of '{}'", index,
        sqlite3_sql(raw_.get()));
}

void Statement::bind_at(int index, std::string_view text) {
  CHECK(sqlite3_bind_text64(raw_.get(), index, text.empty() ? "" : text.data(), text.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK,
        "parameter {} of '{}'", index, sqlite3_sql(raw_.get()));
}

void Statement::bind_at(int index, ByteView bytes) {
  // Not copied: the caller runs the statement before the bytes go.
  static const std::byte kNothing{};
  const void* data = bytes.empty() ? &kNothing : bytes.data();
  CHECK(sqlite3_bind_blob64(raw_.get(), index, data, bytes.size(), SQLITE_STATIC) == SQLITE_OK,
        "parameter {} of '{}'", index, sqlite3_sql(raw_.get()));
}

void Statement::bind_at(int index, std::nullptr_t) {
  CHECK(sqlite3_bind_null(raw_.get(), index) == SQLITE_OK, "parameter {} of '{}'", index,
        sqlite3_sql(raw_.get()));
}

Result<Transaction> Transaction::begin(Database& database) {
  TRY(TRY(database.prepare("BEGIN IMMEDIATE")).run());
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr && sqlite3_get_autocommit(database_->raw()) == 0) {
    (void)database_->execute("ROLLBACK");
  }
}

Result<void> Transaction::commit() {
  CHECK(database_ != nullptr, "committed twice");
  Result<Statement> commit = database_->prepare("COMMIT");
  if (!commit) return std::unexpected(std::move(commit).error());
  Result<void> committed = commit->run();
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace remit::sqlite
