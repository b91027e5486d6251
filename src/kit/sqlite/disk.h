#pragma once

#include "kit/base/result.h"

#include <string>

namespace remit::sqlite {

/// The port to where SQLite keeps its files: a VFS of SQLite (https://www.sqlite.org/vfs.html), and the two things that
/// SQLite leaves to others. Thread safe; outlives its databases.
class Disk {
 public:
  virtual ~Disk() = default;
  /// The name under which SQLite knows the VFS; null for its own.
  virtual const char* vfs() const = 0;
  /// Makes the names of the folder that the file is in durable: a new file is only found again after a power cut when its
  /// folder is on the disk too. Fails with OutcomeUnknown `disk_error`, FailedPrecondition `folder_not_accessible`.
  virtual Result<void> sync_folder_of(const std::string& path) = 0;
  /// Writes the file's bytes again as they are read, and syncs them. After a sync that failed Linux shows the bytes that it
  /// did not write and takes them for written (https://lwn.net/Articles/752063/), so that no further sync would write them.
  /// Nobody else may write the file meanwhile. Does nothing when there is none. Fails with OutcomeUnknown `disk_error`.
  virtual Result<void> write_again(const std::string& path) = 0;
  /// Throws away a database that nobody has open, with its WAL and shared memory, as far as they are there.
  virtual void remove_database(const std::string& path) = 0;
};

/// The machine's own.
Disk& system_disk();

}  // namespace remit::sqlite
