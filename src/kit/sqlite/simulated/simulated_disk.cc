#include "kit/sqlite/simulated/simulated_disk.h"

#include "kit/base/check.h"
#include "kit/sqlite/simulated/simulated_vfs.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace remit::sqlite {
namespace {

std::unexpected<Error> disk_error(const std::string& path) {
  return fail(ErrorCode::OutcomeUnknown, "disk_error",
              path + " cannot be written to the simulated disk.");
}

}  // namespace

SimulatedDisk::SimulatedDisk(std::uint64_t seed, DiskImage image)
    : image_(std::move(image)), random_(seed), vfs_(std::make_unique<SimulatedVfs>(*this)) {}

SimulatedDisk::~SimulatedDisk() {
  CHECK(open_files_ == 0, "{} files are open on a disk that goes", open_files_);
}

const char* SimulatedDisk::vfs() const {
  return vfs_->name();
}

void SimulatedDisk::set_faults(std::function<DiskFault(const DiskCall&)> next) {
  const std::lock_guard lock(mutex_);
  next_fault_ = std::move(next);
}

void SimulatedDisk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void SimulatedDisk::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

bool SimulatedDisk::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void SimulatedDisk::restart(bool power_cut) {
  const std::lock_guard lock(mutex_);
  ++process_;
  stopped_ = false;
  locks_.clear();
  if (power_cut) image_.power_cut(random_);
}

DiskImage SimulatedDisk::image() const {
  const std::lock_guard lock(mutex_);
  return image_;
}

void SimulatedDisk::flip(const std::string& path, std::uint64_t bit) {
  const std::lock_guard lock(mutex_);
  image_.flip(path, bit);
}

DiskFault SimulatedDisk::admit(const DiskCall& call) {
  if (stopped_) return DiskFault::Stop;
  const DiskFault fault = next_fault_ ? next_fault_(call) : DiskFault::None;
  if (fault == DiskFault::Stop) stopped_ = true;
  return fault;
}

Result<void> SimulatedDisk::sync_folder_of(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (admit({.kind = DiskCallKind::SyncFolder, .path = folder_of(path)}) != DiskFault::None) {
    return disk_error(std::string(folder_of(path)));
  }
  image_.sync_folder(folder_of(path));
  return {};
}

Result<void> SimulatedDisk::write_again(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const std::optional<DiskImage::Inode> inode = image_.find(path);
  if (!inode) return {};
  const Bytes bytes = image_.content(*inode);
  if (admit({.kind = DiskCallKind::Write, .path = path, .bytes = bytes}) != DiskFault::None) {
    return disk_error(path);
  }
  image_.write(*inode, 0, bytes);
  const DiskFault fault = admit({.kind = DiskCallKind::Sync, .path = path});
  if (fault == DiskFault::None) {
    image_.sync(*inode);
    return {};
  }
  if (fault != DiskFault::Stop) image_.fail_sync(*inode, random_);
  return disk_error(path);
}

void SimulatedDisk::remove_database(const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (const std::string& name : {path, path + "-wal"}) {
    if (!image_.find(name)) continue;
    if (admit({.kind = DiskCallKind::Delete, .path = name}) != DiskFault::None) return;
    image_.remove(name);
  }
}

}  // namespace remit::sqlite
