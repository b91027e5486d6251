#include "app/backup/manifest.h"

#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"
#include "kit/base/hash.h"

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remit::app {
namespace {

/// A line per key of a payer, some 200 bytes each.
constexpr std::size_t kManifestBytesMax = 1024UL * 1024 * 1024;
constexpr std::size_t kChunkBytes = 256UL * 1024;

std::unexpected<Error> damaged(std::string message) {
  return fail(ErrorCode::Corrupt, "backup_damaged", std::move(message) + " Use another backup.");
}

/// Whether the path stays within the directory, whoever wrote the manifest.
bool stays_within(const std::string& path) {
  const std::filesystem::path asked(path);
  if (path.empty() || asked.is_absolute()) return false;
  return std::ranges::none_of(asked, [](const auto& part) { return part == ".."; });
}

}  // namespace

Result<BackupFile> describe_file(const std::filesystem::path& directory, const std::string& path) {
  const std::string whole = (directory / path).string();
  const int descriptor = ::open(whole.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status{};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return fail(error == ENOENT ? ErrorCode::NotFound : ErrorCode::Unavailable,
                error == ENOENT ? "file_not_found" : "file_unreadable",
                fmt::format("{}: {}", whole, std::strerror(error)));
  }
  BackupFile file{.path = path, .mode = fmt::format("{:04o}", status.st_mode & 07777U)};
  Sha256 hash;
  Bytes chunk(kChunkBytes);
  ssize_t count = 0;
  while ((count = ::read(descriptor, chunk.data(), chunk.size())) > 0) {
    hash.update(ByteView(chunk.data(), static_cast<std::size_t>(count)));
    file.bytes += static_cast<std::uint64_t>(count);
  }
  ::close(descriptor);
  if (count < 0) return fail(ErrorCode::Unavailable, "file_unreadable", whole + " is unreadable.");
  file.sha256 = to_hex(view_of(hash.finish()));
  return file;
}

Result<BackupManifest> load_manifest(const std::filesystem::path& directory) {
  const std::string path = (directory / BackupManifest::kFile).string();
  const Result<Bytes> bytes = read_file(path, kManifestBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::NotFound) {
    return fail(ErrorCode::FailedPrecondition, "not_a_backup",
                fmt::format("{} has no {}: it is no backup, or one that was never finished. Use "
                            "another one.",
                            directory.string(), BackupManifest::kFile));
  }
  if (!bytes) return std::unexpected(bytes.error());
  auto manifest = codec::from_json<BackupManifest>(
      as_text(*bytes), {.limits = {.bytes_max = kManifestBytesMax, .members_max = 100'000'000}});
  if (!manifest) return damaged(fmt::format("{}: {}", path, manifest.error().message));
  if (manifest->format > BackupManifest::kFormat) {
    return fail(ErrorCode::Unsupported, "backup_too_new",
                fmt::format("{} has format {}, this program knows up to {}; run a newer version.",
                            path, manifest->format, BackupManifest::kFormat));
  }
  for (const BackupFile& file : manifest->files) {
    if (!stays_within(file.path)) {
      return damaged(fmt::format("{} names the file '{}', which is outside.", path, file.path));
    }
  }
  return *std::move(manifest);
}

Result<void> check_file(const std::filesystem::path& directory, const BackupFile& file) {
  const Result<BackupFile> found = describe_file(directory, file.path);
  if (!found) return damaged(found.error().message + ".");
  if (found->bytes == file.bytes && found->sha256 == file.sha256) return {};
  return damaged(
      fmt::format("{} is not what was backed up: {} bytes with SHA-256 {}, and {} bytes "
                  "with {} by the manifest.",
                  file.path, found->bytes, found->sha256, file.bytes, file.sha256));
}

}  // namespace remit::app
