#include "kit/base/descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace remit {

Descriptor::Descriptor(const std::string& path, int flags, mode_t mode)
    : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}

Descriptor::~Descriptor() {
  if (valid()) ::close(number_);
}

bool write_all(int file, ByteView bytes, off_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
  return true;
}

bool sync_directory(const std::string& path) {
  const Descriptor directory(path, O_RDONLY | O_DIRECTORY);
  return directory.valid() && ::fsync(directory.number()) == 0;
}

}  // namespace remit
