#pragma once

#include "kit/base/bytes.h"

#include <string>
#include <sys/types.h>

namespace remit {

/// A file that is open as long as this lives.
class Descriptor {
 public:
  /// As open(2), and closed on exec. errno says why when it is not valid.
  Descriptor(const std::string& path, int flags, mode_t mode = 0);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool valid() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  const int number_;
};

/// Writes all of the bytes at the offset. False, with errno, when it cannot; a part may be written then.
bool write_all(int file, ByteView bytes, off_t offset);

/// Makes the names in the directory durable. False, with errno, when it cannot.
bool sync_directory(const std::string& path);

}  // namespace remit
