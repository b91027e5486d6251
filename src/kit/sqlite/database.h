#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"
#include "kit/sqlite/disk.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace remit::sqlite {

/// How much a commit costs and survives (PRAGMA synchronous, in WAL mode).
enum class Durability : std::uint8_t {
  Full,    ///< A commit is on the disk before it returns. For truth.
  Normal,  ///< The last commits may be lost with the machine, never torn. For what can be made again.
};

struct OpenOptions {
  Durability durability = Durability::Full;
  bool read_only = false;
  int page_bytes = 4096;  ///< Counts when the file is created.
  int cache_kib = 8192;
  int wal_pages_max = 1000;          ///< After which the WAL is moved into the file.
  std::uint32_t application_id = 0;  ///< Marks the file as one of ours; 0: not marked or checked.
  Disk* disk = nullptr;              ///< Null: the machine's own.
};

class IdleStatements;
class Statement;

/// One connection to a SQLite file in WAL mode. One thread at a time. What is opened for writing first makes durable what it
/// finds in the WAL, and hears of a move of the WAL into the file that failed. Failures name the SQL that failed; SQLITE_FULL is
/// Unavailable `disk_full`, SQLITE_BUSY Unavailable `database_busy`, damage Corrupt `database_corrupt`, an input or output
/// error OutcomeUnknown `disk_error`.
class Database {
 public:
  static Result<Database> open(const std::string& path, const OpenOptions& options);
  Database(Database&&) noexcept = default;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  /// Runs one or more statements without parameters or rows.
  Result<void> execute(const std::string& sql);
  /// The statement must not outlive the database. When it ends it is kept for whoever prepares the same SQL next.
  Result<Statement> prepare(std::string_view sql);
  /// PRAGMA user_version: the number of the file's layout.
  Result<int> layout();
  Result<void> set_layout(int number);
  sqlite3* raw() const { return raw_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* raw);
  std::unique_ptr<sqlite3, Close> raw_;
  std::shared_ptr<IdleStatements> idle_;
};

/// A prepared statement. Bind the parameters from the left with `bind(...)`, step through the rows, read columns from 0.
class Statement {
 public:
  Statement(Statement&&) noexcept = default;
  Statement& operator=(Statement&&) noexcept = default;

  /// Resets the statement and binds all parameters in order.
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_at(++index, values), ...);
    return *this;
  }
  /// True: a row is there to be read. False: done.
  Result<bool> step();
  /// For statements without rows.
  Result<void> run();
  /// Ends the reading, so that the connection holds no lock.
  void reset();

  std::int64_t integer(int column) const;
  std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string text(int column) const;
  bool is_null(int column) const;
  /// Valid until the next step or reset.
  ByteView blob(int column) const;

 private:
  friend class Database;
  struct GiveBack {
    std::shared_ptr<IdleStatements> idle;
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* raw, std::shared_ptr<IdleStatements> idle)
      : raw_(raw, GiveBack{std::move(idle)}) {}
  void bind_at(int index, std::int64_t value);
  void bind_at(int index, std::uint64_t value) { bind_at(index, static_cast<std::int64_t>(value)); }
  void bind_at(int index, std::uint32_t value) { bind_at(index, static_cast<std::int64_t>(value)); }
  void bind_at(int index, int value) { bind_at(index, static_cast<std::int64_t>(value)); }
  void bind_at(int index, bool value) { bind_at(index, static_cast<std::int64_t>(value)); }
  void bind_at(int index, std::string_view text);
  void bind_at(int index, const std::string& text) { bind_at(index, std::string_view(text)); }
  void bind_at(int index, const char* text) { bind_at(index, std::string_view(text)); }
  void bind_at(int index, ByteView bytes);
  void bind_at(int index, const Bytes& bytes) { bind_at(index, ByteView(bytes)); }
  void bind_at(int index, std::nullptr_t);
  template <class T>
  void bind_at(int index, const std::optional<T>& value) {
    if (value) {
      bind_at(index, *value);
    } else {
      bind_at(index, nullptr);
    }
  }

  std::unique_ptr<sqlite3_stmt, GiveBack> raw_;
};

/// BEGIN IMMEDIATE, and ROLLBACK unless it was committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  /// After a failure the transaction is rolled back, except where the error is OutcomeUnknown: then nobody knows.
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace remit::sqlite
