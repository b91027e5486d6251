#pragma once

#include "app/backup/manifest.h"
#include "kit/service/data_directory.h"

#include <atomic>

namespace remit::app {

/// Whose data is copied.
struct BackupSource {
  std::filesystem::path data;       ///< The data directory.
  std::filesystem::path heads;      ///< Where signed heads are, in it or elsewhere.
  bool master_key_included = true;  ///< Whether the master key is in the directory of keys.
};

/// Shared between the thread that copies and those that look at it.
struct BackupProgress {
  std::atomic<std::uint64_t> bytes_done = 0;
  std::atomic<std::uint64_t> bytes_total = 0;
  std::atomic<bool> stop = false;  ///< Ends the copy with Unavailable `copy_stopped`.
};

/// Copies the data directory of a running server to `target`, which must not exist or be empty: the journal of one moment,
/// the heads that were signed before it, the keys that were there behind it, so that the copy lacks nothing that it needs.
/// Read models, states and the look-up index stay out, since a start makes them again from the journal. The manifest comes
/// last, when all else is on the disk; after a failure what was copied is taken away. Directories have mode 0700, files
/// 0600 or as they were. Fails with FailedPrecondition `target_not_empty`, Unavailable `disk_full`, or as copies do.
Result<BackupManifest> make_backup(const BackupSource& source, const std::filesystem::path& target,
                                   Timestamp now, BackupProgress& progress);

/// Fails with FailedPrecondition `target_not_empty` unless the directory is missing or empty.
Result<void> check_target_empty(const std::filesystem::path& target);

/// Copies a small file with its mode, not synced. NotFound `file_not_found` when it went meanwhile.
Result<void> copy_small_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Puts everything that was written to the file system of the directory on its disk. Fails with Unavailable
/// `file_not_written`.
Result<void> sync_file_system(const std::filesystem::path& directory);

}  // namespace remit::app
