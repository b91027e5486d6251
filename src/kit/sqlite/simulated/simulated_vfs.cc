#include "kit/sqlite/simulated/simulated_vfs.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

namespace remit::sqlite {
namespace {

constexpr int kPathBytesMax = 512;
/// SQLITE_DEFAULT_SECTOR_SIZE, which the driver for Unix answers.
constexpr int kSectorBytesTold = 4096;

std::string next_name() {
  static std::atomic<int> count = 0;
  return fmt::format("remit-simulated-{}", ++count);
}

int io_error_of(DiskFault fault, int code) {
  return fault == DiskFault::NoSpace ? SQLITE_FULL : code;
}

}  // namespace

/// SQLite gives the memory; the first member is what it knows.
struct SimulatedVfs::File {
  sqlite3_file base;
  SimulatedDisk* disk;
  DiskImage::Inode inode;
  std::uint64_t process;
  std::string path;
  std::shared_ptr<FileLocks> locks;
  bool folder_unsynced;  ///< Made now, and of a kind whose folder SQLite syncs with it.
  bool remove_at_close;

  bool dead() const { return disk->stopped_ || process != disk->process_; }
};

SimulatedDisk& SimulatedVfs::disk_of(sqlite3_vfs* vfs) {
  return *static_cast<SimulatedDisk*>(vfs->pAppData);
}
SimulatedVfs::File& SimulatedVfs::file_of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}

const sqlite3_io_methods SimulatedVfs::kMethods = {
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = is_reserved,
    .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    .xSectorSize = [](sqlite3_file*) { return kSectorBytesTold; },
    .xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; },
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

SimulatedVfs::SimulatedVfs(SimulatedDisk& disk) : name_(next_name()) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(File);
  vfs_.mxPathname = kPathBytesMax;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = &disk;
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  vfs_.xAccess = access;
  vfs_.xFullPathname = full_path;
  vfs_.xRandomness = [](sqlite3_vfs*, int bytes, char* out) {
    std::memset(out, 0, static_cast<std::size_t>(bytes));
    return bytes;
  };
  // Whoever is kept out of a file waits for others on the same thread in vain: no time passes.
  vfs_.xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };
  vfs_.xCurrentTime = [](sqlite3_vfs*, double* out) {
    *out = 2461041.5;  // 2026-01-01 as a Julian day.
    return SQLITE_OK;
  };
  vfs_.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
  CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK, "SQLite takes no VFS");
}

SimulatedVfs::~SimulatedVfs() {
  sqlite3_vfs_unregister(&vfs_);
}

int SimulatedVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* out, int flags,
                       int* out_flags) {
  SimulatedDisk& disk = disk_of(vfs);
  out->pMethods = nullptr;  // So that nothing is closed that was not opened.
  const std::lock_guard lock(disk.mutex_);
  const std::string path =
      name == nullptr ? fmt::format("/temporary/{}", ++disk.temporary_files_) : name;
  if (disk.admit({.kind = DiskCallKind::Open, .path = path}) != DiskFault::None) {
    return SQLITE_CANTOPEN;
  }
  std::optional<DiskImage::Inode> inode = disk.image_.find(path);
  const bool made = !inode;
  if (made) {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    inode = disk.image_.create(path);
  } else if ((flags & SQLITE_OPEN_EXCLUSIVE) != 0) {
    return SQLITE_CANTOPEN;
  }
  std::shared_ptr<FileLocks>& locks = disk.locks_[*inode];
  if (!locks) locks = std::make_shared<FileLocks>();
  constexpr int kSyncedWithFolder =
      SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
  std::construct_at(&file_of(out),
                    File{.base = {.pMethods = &kMethods},
                         .disk = &disk,
                         .inode = *inode,
                         .process = disk.process_,
                         .path = path,
                         .locks = locks,
                         .folder_unsynced = made && (flags & kSyncedWithFolder) != 0,
                         .remove_at_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0});
  ++disk.open_files_;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int SimulatedVfs::remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  SimulatedDisk& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex_);
  if (disk.admit({.kind = DiskCallKind::Delete, .path = name}) != DiskFault::None) {
    return SQLITE_IOERR_DELETE;
  }
  if (!disk.image_.find(name)) return SQLITE_IOERR_DELETE_NOENT;
  disk.image_.remove(name);
  if (sync_folder == 0) return SQLITE_OK;
  const std::string_view folder = folder_of(name);
  if (disk.admit({.kind = DiskCallKind::SyncFolder, .path = folder}) != DiskFault::None) {
    return SQLITE_IOERR_DIR_FSYNC;
  }
  disk.image_.sync_folder(folder);
  return SQLITE_OK;
}

int SimulatedVfs::access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  SimulatedDisk& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex_);
  const auto inode = disk.image_.find(name);
  // A file of no bytes counts as none, as SQLite's driver for Unix has it.
  *out = inode && (flags != SQLITE_ACCESS_EXISTS || !disk.image_.content(*inode).empty()) ? 1 : 0;
  return SQLITE_OK;
}

int SimulatedVfs::full_path(sqlite3_vfs*, const char* name, int bytes, char* out) {
  const std::size_t length = std::strlen(name);
  if (length >= static_cast<std::size_t>(bytes)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, length + 1);
  return SQLITE_OK;
}

int SimulatedVfs::close(sqlite3_file* raw) {
  File& file = file_of(raw);
  SimulatedDisk& disk = *file.disk;
  const std::lock_guard lock(disk.mutex_);
  file.locks->unmap(&file);
  file.locks->unlock(&file, SQLITE_LOCK_NONE);
  if (file.remove_at_close && !file.dead()) disk.image_.remove(file.path);
  --disk.open_files_;
  std::destroy_at(&file);
  return SQLITE_OK;
}

int SimulatedVfs::read(sqlite3_file* raw, void* out, int count, sqlite3_int64 offset) {
  const File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  if (file.dead()) return SQLITE_IOERR_READ;
  const auto from = static_cast<std::uint64_t>(offset);
  const DiskFault fault =
      file.disk->admit({.kind = DiskCallKind::Read, .path = file.path, .offset = from});
  if (fault != DiskFault::None) {
    errno = EIO;
    return SQLITE_IOERR_READ;
  }
  const Bytes& content = file.disk->image_.content(file.inode);
  const std::uint64_t there = from < content.size() ? content.size() - from : 0;
  const auto asked = static_cast<std::size_t>(count);
  const std::size_t given = std::min<std::size_t>(asked, there);
  if (given > 0) std::memcpy(out, content.data() + from, given);
  if (given == asked) return SQLITE_OK;
  std::memset(static_cast<std::byte*>(out) + given, 0, asked - given);
  return SQLITE_IOERR_SHORT_READ;
}

int SimulatedVfs::write(sqlite3_file* raw, const void* bytes, int count, sqlite3_int64 offset) {
  const File& file = file_of(raw);
  SimulatedDisk& disk = *file.disk;
  const std::lock_guard lock(disk.mutex_);
  if (file.dead()) return SQLITE_IOERR_WRITE;
  const auto from = static_cast<std::uint64_t>(offset);
  const ByteView all(static_cast<const std::byte*>(bytes), static_cast<std::size_t>(count));
  DiskFault fault =
      disk.admit({.kind = DiskCallKind::Write, .path = file.path, .offset = from, .bytes = all});
  if (fault == DiskFault::Stop) return SQLITE_IOERR_WRITE;
  std::size_t fits = fault == DiskFault::None ? all.size() : disk.random_.below(all.size());
  if (fault == DiskFault::InputOutputError) fits = 0;
  const std::uint64_t grows_from = std::max(from, disk.image_.content(file.inode).size());
  const std::uint64_t used = disk.image_.bytes_used();
  const std::uint64_t room = disk.capacity_ > used ? disk.capacity_ - used : 0;
  if (from + fits > grows_from + room) {
    fits = grows_from + room > from ? grows_from + room - from : 0;
    fault = DiskFault::NoSpace;
  }
  if (fits > 0) disk.image_.write(file.inode, from, all.first(fits));
  return fault == DiskFault::None ? SQLITE_OK : io_error_of(fault, SQLITE_IOERR_WRITE);
}

int SimulatedVfs::truncate(sqlite3_file* raw, sqlite3_int64 bytes) {
  const File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  if (file.dead()) return SQLITE_IOERR_TRUNCATE;
  const auto length = static_cast<std::uint64_t>(bytes);
  const DiskFault fault =
      file.disk->admit({.kind = DiskCallKind::Truncate, .path = file.path, .offset = length});
  if (fault != DiskFault::None) return SQLITE_IOERR_TRUNCATE;
  file.disk->image_.truncate(file.inode, length);
  return SQLITE_OK;
}

int SimulatedVfs::sync(sqlite3_file* raw, int) {
  File& file = file_of(raw);
  SimulatedDisk& disk = *file.disk;
  const std::lock_guard lock(disk.mutex_);
  if (file.dead()) return SQLITE_IOERR_FSYNC;
  const DiskFault fault = disk.admit({.kind = DiskCallKind::Sync, .path = file.path});
  if (fault == DiskFault::Stop) return SQLITE_IOERR_FSYNC;
  if (fault != DiskFault::None) {
    disk.image_.fail_sync(file.inode, disk.random_);
    return SQLITE_IOERR_FSYNC;
  }
  disk.image_.sync(file.inode);
  if (std::exchange(file.folder_unsynced, false)) disk.image_.sync_folder(folder_of(file.path));
  return SQLITE_OK;
}

int SimulatedVfs::size(sqlite3_file* raw, sqlite3_int64* out) {
  const File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  if (file.dead()) return SQLITE_IOERR_FSTAT;
  *out = static_cast<sqlite3_int64>(file.disk->image_.content(file.inode).size());
  return SQLITE_OK;
}

int SimulatedVfs::lock(sqlite3_file* raw, int level) {
  File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  return file.dead() ? SQLITE_IOERR_LOCK : file.locks->lock(&file, level);
}

int SimulatedVfs::unlock(sqlite3_file* raw, int level) {
  File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  file.locks->unlock(&file, level);
  return SQLITE_OK;
}

int SimulatedVfs::is_reserved(sqlite3_file* raw, int* out) {
  const File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  *out = file.locks->is_reserved() ? 1 : 0;
  return SQLITE_OK;
}

int SimulatedVfs::shm_map(sqlite3_file* raw, int region, int bytes, int make, void volatile** out) {
  File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  CHECK(bytes == static_cast<int>(FileLocks::kRegionBytes), "a region of {} bytes", bytes);
  *out = nullptr;
  if (file.dead()) return SQLITE_IOERR_SHMMAP;
  *out = file.locks->map(&file, static_cast<std::size_t>(region), make != 0);
  return SQLITE_OK;
}

int SimulatedVfs::shm_lock(sqlite3_file* raw, int offset, int count, int flags) {
  File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  if (file.dead() && (flags & SQLITE_SHM_LOCK) != 0) return SQLITE_IOERR_SHMLOCK;
  return file.locks->lock_shared_memory(&file, offset, count, flags);
}

void SimulatedVfs::shm_barrier(sqlite3_file*) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

int SimulatedVfs::shm_unmap(sqlite3_file* raw, int) {
  File& file = file_of(raw);
  const std::lock_guard lock(file.disk->mutex_);
  file.locks->unmap(&file);
  return SQLITE_OK;
}

}  // namespace remit::sqlite
