#pragma once

#include "kit/base/result.h"
#include "kit/sqlite/database.h"

#include <cstdint>
#include <functional>
#include <string>

namespace remit::sqlite {

/// How far a copy has come.
struct CopyProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

/// Called between the steps of a copy, some 4 MiB apart. False ends it.
using CopyWatcher = std::function<bool(const CopyProgress&)>;

/// Copies a database, as it is at one moment, into the new file `to` (mode 0600), while others write to it: SQLite's online
/// backup (https://www.sqlite.org/backup.html) within one read transaction, so that writers never make it begin again. When
/// the caller has a read transaction open on `from`, the moment is that transaction's. The log of the source grows for as
/// long as the copy takes. The copy is not synced. Fails with FailedPrecondition `file_exists`, Unavailable `copy_stopped`
/// when the watcher ended it, or as Database does (Unavailable `disk_full`); what was copied by then stays.
Result<void> copy_database(Database& from, const std::string& to, const CopyWatcher& watch);

}  // namespace remit::sqlite
