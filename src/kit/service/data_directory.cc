#include "kit/service/data_directory.h"

#include "kit/base/descriptor.h"
#include "kit/base/durable_file.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace remit::service {

/// An open file with an exclusive flock; closing it lets go.
struct DataDirectory::Lock {
  explicit Lock(const std::string& path) : file(path, O_RDWR | O_CREAT, 0600) {}
  const Descriptor file;
};

namespace {

std::string read_owner(int descriptor) {
  char text[32] = {};
  const ssize_t count = ::pread(descriptor, text, sizeof(text) - 1, 0);
  std::string owner(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  while (owner.ends_with('\n')) owner.pop_back();
  return owner.empty() ? "unknown" : owner;
}

bool write_owner(int descriptor) {
  const std::string owner = fmt::format("{}\n", ::getpid());
  return ::ftruncate(descriptor, 0) == 0 && write_all(descriptor, as_bytes(owner), 0);
}

Result<void> lock(int descriptor, const std::filesystem::path& path) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fail(ErrorCode::Unavailable, "data_directory_not_locked",
                  fmt::format("{} cannot be locked: {}; use a local disk.", path.string(),
                              std::strerror(errno)));
    }
    return fail(
        ErrorCode::Unavailable, "data_directory_in_use",
        fmt::format("{} belongs to the running process {}; stop it, or use another directory.",
                    path.string(), read_owner(descriptor)));
  }
  if (write_owner(descriptor)) return {};
  return fail(ErrorCode::Unavailable, "data_directory_not_locked",
              fmt::format("{} cannot be written: {}", path.string(), std::strerror(errno)));
}

}  // namespace

DataDirectory::DataDirectory(std::filesystem::path path, std::shared_ptr<Lock> lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path) {
  if (auto made = ensure_directory(path); !made) return std::unexpected(made.error());
  const auto lock_path = path / "lock";
  auto held = std::make_shared<Lock>(lock_path.string());
  if (!held->file.valid()) {
    return fail(ErrorCode::Unavailable, "data_directory_not_locked",
                fmt::format("{} cannot be opened: {}", lock_path.string(), std::strerror(errno)));
  }
  if (auto locked = lock(held->file.number(), path); !locked)
    return std::unexpected(locked.error());
  DataDirectory directory(path, std::move(held));
  // The format first: nothing may be added to a directory that another version understands better.
  if (auto known = directory.check_format(); !known) return std::unexpected(known.error());
  if (auto made = directory.make_parts(); !made) return std::unexpected(made.error());
  return directory;
}

Result<void> DataDirectory::make_parts() const {
  for (const auto& part : {journal(), keys(), read_models()}) {
    if (auto made = ensure_directory(part); !made) return made;
  }
  return {};
}

Result<void> DataDirectory::check_format() const {
  const auto file = path_ / "format";
  const auto bytes = read_file(file, 32);
  if (!bytes && bytes.error().code == ErrorCode::NotFound) {
    return write_file_durably(file, as_bytes(fmt::format("{}\n", kFormat)), 0600);
  }
  if (!bytes) return std::unexpected(bytes.error());
  const std::string_view text = as_text(*bytes);
  int format = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), format);
  if (error != std::errc() || format < 1 ||
      std::string_view(end, text.data() + text.size()) != "\n") {
    return fail(ErrorCode::Corrupt, "data_directory_format_unreadable",
                fmt::format("{} does not hold a number; restore the directory.", file.string()));
  }
  if (format > kFormat) {
    return fail(ErrorCode::Unsupported, "data_directory_too_new",
                fmt::format("{} has format {}, this program knows up to {}; run a newer version.",
                            path_.string(), format, kFormat));
  }
  return {};
}

}  // namespace remit::service
