#include "kit/sqlite/failure.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>

namespace remit::sqlite {

std::unexpected<Error> failure(sqlite3* database, int code, std::string_view doing) {
  const int system_error = errno;
  const std::string message = fmt::format(
      "SQLite could not {}: {} ({}).", doing,
      database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code), sqlite3_errstr(code));
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return fail(ErrorCode::Unavailable, "disk_full", message + " Free some space.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorCode::Unavailable, "database_busy", message);
    case SQLITE_CORRUPT:
      // What SQLite makes of a page that the disk could not give. Damage would show itself again, and as such.
      if (system_error == EIO || system_error == ENXIO || system_error == ERANGE) {
        return fail(ErrorCode::OutcomeUnknown, "disk_error", message);
      }
      [[fallthrough]];
    case SQLITE_NOTADB:
      return fail(ErrorCode::Corrupt, "database_corrupt", message + " Restore it from a backup.");
    case SQLITE_IOERR:
      // SQLite knows a full disk, but not a full quota, and keeps the system's word of it only outside of COMMIT.
      if (system_error == EDQUOT && (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_TRUNCATE)) {
        return fail(ErrorCode::Unavailable, "disk_full", message + " Raise the disk quota.");
      }
      return fail(ErrorCode::OutcomeUnknown, "disk_error", message);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return fail(ErrorCode::FailedPrecondition, "database_not_accessible",
                  message + " Check that the folder exists and may be written.");
    default:
      return fail(ErrorCode::Internal, "database_error", message);
  }
}

}  // namespace remit::sqlite
