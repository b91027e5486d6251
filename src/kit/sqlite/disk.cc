#include "kit/sqlite/disk.h"

#include "kit/base/bytes.h"
#include "kit/base/descriptor.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace remit::sqlite {
namespace {

constexpr std::size_t kChunkBytes = 1024 * 1024;

std::unexpected<Error> disk_error(const std::string& path) {
  return fail(ErrorCode::OutcomeUnknown, "disk_error",
              fmt::format("{} cannot be written to disk: {}.", path, std::strerror(errno)));
}

class SystemDisk final : public Disk {
 public:
  const char* vfs() const override { return nullptr; }

  Result<void> sync_folder_of(const std::string& path) override {
    const std::string folder = std::filesystem::absolute(path).parent_path().string();
    const Descriptor descriptor(folder, O_RDONLY | O_DIRECTORY);
    if (!descriptor.valid()) {
      return fail(ErrorCode::FailedPrecondition, "folder_not_accessible",
                  folder + " cannot be written to disk; check that it exists.");
    }
    if (::fsync(descriptor.number()) != 0) return disk_error(folder);
    return {};
  }

  Result<void> write_again(const std::string& path) override {
    const Descriptor file(path, O_RDWR);
    if (!file.valid()) {
      if (errno == ENOENT) return {};
      return disk_error(path);
    }
    Bytes chunk(kChunkBytes);
    for (off_t offset = 0;;) {
      const ssize_t count = ::pread(file.number(), chunk.data(), chunk.size(), offset);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return disk_error(path);
      if (count == 0) break;
      const ByteView read = ByteView(chunk).first(static_cast<std::size_t>(count));
      if (!write_all(file.number(), read, offset)) return disk_error(path);
      offset += count;
    }
    if (::fsync(file.number()) != 0) return disk_error(path);
    return {};
  }

  void remove_database(const std::string& path) override {
    std::error_code failed;
    // A file without its WAL may be half of a database; a WAL without its file is none.
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path + suffix, failed);
      if (failed) return;
    }
  }
};

}  // namespace

Disk& system_disk() {
  static SystemDisk disk;
  return disk;
}

}  // namespace remit::sqlite
