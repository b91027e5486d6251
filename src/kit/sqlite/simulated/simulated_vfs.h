#pragma once

#include "kit/sqlite/simulated/simulated_disk.h"

#include <sqlite3.h>

#include <string>

namespace remit::sqlite {

/// What SQLite calls: registered under a name of its own while it lives. The behaviour follows SQLite's driver for Unix
/// (os_unix.c), down to what it says of the disk and which folder it syncs when.
class SimulatedVfs {
 public:
  explicit SimulatedVfs(SimulatedDisk& disk);
  ~SimulatedVfs();
  SimulatedVfs(const SimulatedVfs&) = delete;
  SimulatedVfs& operator=(const SimulatedVfs&) = delete;
  const char* name() const { return name_.c_str(); }

 private:
  struct File;
  static SimulatedDisk& disk_of(sqlite3_vfs* vfs);
  static File& file_of(sqlite3_file* file);

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* out, int flags, int* out_flags);
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder);
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* out);
  static int full_path(sqlite3_vfs* vfs, const char* name, int bytes, char* out);

  static int close(sqlite3_file* raw);
  static int read(sqlite3_file* raw, void* out, int count, sqlite3_int64 offset);
  static int write(sqlite3_file* raw, const void* bytes, int count, sqlite3_int64 offset);
  static int truncate(sqlite3_file* raw, sqlite3_int64 bytes);
  static int sync(sqlite3_file* raw, int flags);
  static int size(sqlite3_file* raw, sqlite3_int64* out);
  static int lock(sqlite3_file* raw, int level);
  static int unlock(sqlite3_file* raw, int level);
  static int is_reserved(sqlite3_file* raw, int* out);
  static int shm_map(sqlite3_file* raw, int region, int bytes, int make, void volatile** out);
  static int shm_lock(sqlite3_file* raw, int offset, int count, int flags);
  static void shm_barrier(sqlite3_file* raw);
  static int shm_unmap(sqlite3_file* raw, int remove);

  static const sqlite3_io_methods kMethods;

  const std::string name_;
  sqlite3_vfs vfs_{};
};

}  // namespace remit::sqlite
