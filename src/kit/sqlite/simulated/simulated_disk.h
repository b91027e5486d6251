#pragma once

#include "kit/base/random.h"
#include "kit/sqlite/disk.h"
#include "kit/sqlite/simulated/disk_image.h"
#include "kit/sqlite/simulated/file_locks.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace remit::sqlite {

/// What is asked of a disk.
enum class DiskCallKind : std::uint8_t { Open, Read, Write, Sync, Truncate, Delete, SyncFolder };

/// One call, before it is done. The bytes of a write are the caller's.
struct DiskCall {
  DiskCallKind kind;
  std::string_view path;
  std::uint64_t offset = 0;  ///< Of a write or read; the new length of a truncation.
  ByteView bytes{};          ///< Of a write.
};

/// What a call is made to do.
enum class DiskFault : std::uint8_t {
  None,
  InputOutputError,  ///< EIO. A sync that fails leaves some of what was written undone for ever.
  NoSpace,           ///< ENOSPC, of which a write leaves a part.
  ShortWrite,        ///< A part is written, then EIO.
  Stop,              ///< The process ends before the call: see `stop`.
};

class SimulatedVfs;

/// A disk in memory under SQLite itself: a VFS with files, locks and shared memory (so that WAL mode works with several
/// connections), whose calls fail on demand. All that is open on it belongs to one process, which ends with `restart`.
/// Paths are absolute. Thread safe.
class SimulatedDisk final : public Disk {
 public:
  /// The same seed and calls make the same power cuts.
  explicit SimulatedDisk(std::uint64_t seed, DiskImage image = {});
  /// CHECKs that all files are closed.
  ~SimulatedDisk() override;
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  const char* vfs() const override;
  Result<void> sync_folder_of(const std::string& path) override;
  Result<void> write_again(const std::string& path) override;
  void remove_database(const std::string& path) override;

  /// Asked before each call, in their order, by whichever thread makes it. A listener that returns None only looks.
  void set_faults(std::function<DiskFault(const DiskCall&)> next);
  /// How many bytes the files may have in all: a write beyond it finds no space.
  void set_capacity(std::uint64_t bytes);

  /// From now on every call fails, as if the process had ended: what it still has open is closed in vain.
  void stop();
  bool stopped() const;
  /// Another process begins: locks and shared memory are gone. What was written and not synced is there, unless the power
  /// was cut as well.
  void restart(bool power_cut);

  DiskImage image() const;
  /// Changes one bit of a file as a bad disk does, also while it is open.
  void flip(const std::string& path, std::uint64_t bit);

 private:
  friend class SimulatedVfs;

  DiskFault admit(const DiskCall& call);

  mutable std::mutex mutex_;
  DiskImage image_;
  SeededRandom random_;
  std::function<DiskFault(const DiskCall&)> next_fault_;
  std::uint64_t capacity_ = ~std::uint64_t{0};
  std::uint64_t process_ = 0;
  std::uint64_t temporary_files_ = 0;
  std::uint64_t open_files_ = 0;
  bool stopped_ = false;
  std::map<DiskImage::Inode, std::shared_ptr<FileLocks>> locks_;
  std::unique_ptr<SimulatedVfs> vfs_;
};

}  // namespace remit::sqlite
