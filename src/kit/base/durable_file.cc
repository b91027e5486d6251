#include "kit/base/durable_file.h"

#include "kit/base/descriptor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

namespace remit {
namespace {

std::unexpected<Error> fail_at(std::string reason, const std::string& path) {
  const int error = errno;
  return fail(
      ErrorCode::Unavailable, std::move(reason),
      fmt::format("{}: {}; check the disk and its permissions.", path, std::strerror(error)));
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Reads all of the bytes at the offset. False, with errno, when it cannot.
bool read_all(int file, std::span<char> bytes, off_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(file, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = EIO;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
  return true;
}

/// Where the last whole line ends; nothing when the file cannot be read.
std::optional<off_t> end_of_lines(int file) {
  char chunk[4096];
  off_t end = ::lseek(file, 0, SEEK_END);
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(sizeof chunk));
    const auto size = static_cast<std::size_t>(end - begin);
    if (!read_all(file, std::span(chunk).first(size), begin)) return std::nullopt;
    const std::size_t newline = std::string_view(chunk, size).rfind('\n');
    if (newline != std::string_view::npos) return begin + static_cast<off_t>(newline) + 1;
    end = begin;
  }
  if (end < 0) return std::nullopt;
  return 0;
}

}  // namespace

Result<Bytes> read_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(path, O_RDONLY);
  if (!file.valid()) {
    if (errno != ENOENT) return fail_at("file_unreadable", path);
    return fail(ErrorCode::NotFound, "file_not_found", path + " does not exist.");
  }
  Bytes bytes;
  std::byte chunk[4096];
  while (true) {
    const ssize_t count = ::read(file.number(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_at("file_unreadable", path);
    if (count == 0) return bytes;
    bytes.insert(bytes.end(), chunk, chunk + count);
    if (bytes.size() > bytes_max) {
      return fail(ErrorCode::LimitExceeded, "file_too_large",
                  fmt::format("{} has more than {} bytes; is it the right file?", path, bytes_max));
    }
  }
}

Result<void> write_file_durably(const std::string& path, ByteView bytes, mode_t mode) {
  const std::string beside = path + ".new";
  {
    // A left-over of a crash may have another mode, and O_CREAT would keep it.
    ::unlink(beside.c_str());
    const Descriptor file(beside, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!file.valid() || !write_all(file.number(), bytes, 0) || ::fsync(file.number()) != 0) {
      return fail_at("file_not_written", beside);
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0 || !sync_directory(parent_of(path))) {
    return fail_at("file_not_written", path);
  }
  return {};
}

Result<void> append_lines_durably(const std::string& path, std::string_view lines, mode_t mode) {
  const Descriptor file(path, O_RDWR | O_CREAT, mode);
  if (!file.valid()) return fail_at("file_not_written", path);
  const std::optional<off_t> end = end_of_lines(file.number());
  if (!end || ::ftruncate(file.number(), *end) != 0) return fail_at("file_not_written", path);
  if (!write_all(file.number(), as_bytes(lines), *end) || ::fsync(file.number()) != 0) {
    auto failed = fail_at("file_not_written", path);
    (void)!::ftruncate(file.number(), *end);
    return failed;
  }
  // A new file is only found again when its directory is on the disk too.
  if (*end == 0 && !sync_directory(parent_of(path))) return fail_at("file_not_written", path);
  return {};
}

Result<void> ensure_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    if (!sync_directory(parent_of(path))) return fail_at("directory_not_made", path);
    return {};
  }
  if (errno != EEXIST) return fail_at("directory_not_made", path);
  return {};
}

}  // namespace remit
