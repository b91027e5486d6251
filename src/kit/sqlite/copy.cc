#include "kit/sqlite/copy.h"

#include "kit/sqlite/failure.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace remit::sqlite {
namespace {

constexpr int kStepBytes = 4 * 1024 * 1024;

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};
struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

/// SQLite would make it readable by others.
Result<void> make_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return {};
  }
  if (errno == EEXIST) {
    return fail(ErrorCode::FailedPrecondition, "file_exists", path + " exists already.");
  }
  return failure(nullptr, SQLITE_CANTOPEN, fmt::format("make {}", path));
}

Result<int> page_bytes(Database& database) {
  Statement read = TRY(database.prepare("PRAGMA page_size"));
  (void)TRY(read.step());
  return static_cast<int>(read.integer(0));
}

}  // namespace

Result<void> copy_database(Database& from, const std::string& to, const CopyWatcher& watch) {
  TRY(make_file(to));
  sqlite3* raw = nullptr;
  const int opened =
      call(sqlite3_open_v2, to.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, Close> copy(raw);
  if (opened != SQLITE_OK) return failure(raw, opened, fmt::format("open {}", to));
  // A half copy is thrown away, so it needs no journal of its own.
  sqlite3_exec(raw, "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF", nullptr, nullptr, nullptr);

  const bool own_transaction = sqlite3_txn_state(from.raw(), "main") == SQLITE_TXN_NONE;
  if (own_transaction) TRY(from.execute("BEGIN;SELECT count(*) FROM sqlite_master"));
  struct EndOfReading {
    Database* database;
    ~EndOfReading() {
      if (database != nullptr) (void)database->execute("COMMIT");
    }
  } const end_of_reading{own_transaction ? &from : nullptr};

  const int page = TRY(page_bytes(from));
  std::unique_ptr<sqlite3_backup, Finish> backup(
      call(sqlite3_backup_init, raw, "main", from.raw(), "main"));
  if (!backup) return failure(raw, sqlite3_errcode(raw), fmt::format("copy to {}", to));
  while (true) {
    const int code = call(sqlite3_backup_step, backup.get(), std::max(1, kStepBytes / page));
    if (code != SQLITE_OK && code != SQLITE_DONE) {
      return failure(nullptr, code, fmt::format("copy to {}", to));
    }
    const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup.get()));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup.get()));
    const CopyProgress progress{.bytes_done = (total - left) * static_cast<std::uint64_t>(page),
                                .bytes_total = total * static_cast<std::uint64_t>(page)};
    if (!watch(progress)) {
      return fail(ErrorCode::Unavailable, "copy_stopped", "The copy was stopped.");
    }
    if (code == SQLITE_DONE) break;
  }
  const int finished = call(sqlite3_backup_finish, backup.release());
  if (finished != SQLITE_OK) return failure(raw, finished, fmt::format("copy to {}", to));
  return {};
}

}  // namespace remit::sqlite
