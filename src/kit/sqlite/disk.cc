#include "kit/sqlite/disk.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace remit::sqlite {
namespace {

constexpr std::size_t kChunkBytes = 1024 * 1024;

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

std::unexpected<Error> disk_error(const std::string& path) {
  return fail(ErrorCode::OutcomeUnknown, "disk_error",
              fmt::format("{} cannot be written to disk: {}.", path, std::strerror(errno)));
}

bool write_all(int file, const char* bytes, std::size_t count, off_t offset) {
  while (count > 0) {
    const ssize_t written = ::pwrite(file, bytes, count, offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    offset += written;
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

class SystemDisk final : public Disk {
 public:
  const char* vfs() const override { return nullptr; }

  Result<void> sync_folder_of(const std::string& path) override {
    const std::string folder = std::filesystem::absolute(path).parent_path().string();
    const Descriptor descriptor(folder, O_RDONLY | O_DIRECTORY);
    if (descriptor.number() < 0) {
      return fail(ErrorCode::FailedPrecondition, "folder_not_accessible",
                  folder + " cannot be written to disk; check that it exists.");
    }
    if (::fsync(descriptor.number()) != 0) return disk_error(folder);
    return {};
  }

  Result<void> write_again(const std::string& path) override {
    const Descriptor file(path, O_RDWR);
    if (file.number() < 0) {
      if (errno == ENOENT) return {};
      return disk_error(path);
    }
    std::vector<char> chunk(kChunkBytes);
    for (off_t offset = 0;;) {
      const ssize_t count = ::pread(file.number(), chunk.data(), chunk.size(), offset);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return disk_error(path);
      if (count == 0) break;
      if (!write_all(file.number(), chunk.data(), static_cast<std::size_t>(count), offset)) {
        return disk_error(path);
      }
      offset += count;
    }
    if (::fsync(file.number()) != 0) return disk_error(path);
    return {};
  }
};

}  // namespace

Disk& system_disk() {
  static SystemDisk disk;
  return disk;
}

}  // namespace remit::sqlite
