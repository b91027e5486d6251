#include "app/backup/make_backup.h"

#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"
#include "kit/base/hash.h"
#include "kit/journal/heads/head_file.h"
#include "kit/journal/sqlite/copy_journal.h"
#include "kit/keys/nested_keyring.h"

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remit::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPayerKeys = "payers.db";
constexpr std::size_t kSmallFileBytesMax = 128UL * 1024 * 1024;

class BackupInMaking {
 public:
  BackupInMaking(const BackupSource& source, fs::path target, BackupProgress& progress)
      : source_(source), target_(std::move(target)), progress_(progress) {}

  Result<BackupManifest> run(Timestamp now) {
    BackupManifest manifest{.made_at = now, .master_key_included = source_.master_key_included};
    TRY(enough_space());
    // Before the journal: a head of something that is not in the copy would accuse it.
    TRY(copy_heads());
    TRY(make_directory("journal"));
    const auto heads = TRY(journal::copy_journal((source_.data / "journal" / "journal.db").string(),
                                                 (target_ / "journal" / "journal.db").string(),
                                                 [this](const sqlite::CopyProgress& copied) {
                                                   progress_.bytes_done = copied.bytes_done;
                                                   progress_.bytes_total = copied.bytes_total;
                                                   return !progress_.stop;
                                                 }));
    files_.emplace_back("journal/journal.db");
    // Behind the journal: it may need the very last key.
    TRY(copy_keys());
    TRY(copy_small_file(source_.data / "format", target_ / "format"));
    files_.emplace_back("format");
    for (const auto& [partition, head] : heads) {
      manifest.partitions.push_back(
          {partition.value, head.sequence.value, head.position.value, to_hex(view_of(head.chain))});
    }
    TRY(sync_file_system(target_));
    for (const std::string& file : files_) {
      if (progress_.stop) return fail(ErrorCode::Unavailable, "copy_stopped", "It was stopped.");
      manifest.files.push_back(TRY(describe_file(target_, file)));
    }
    TRY(write_file_durably((target_ / BackupManifest::kFile).string(),
                           as_bytes(codec::to_json(manifest) + "\n"), 0600));
    return manifest;
  }

 private:
  /// Rather now than after an hour.
  Result<void> enough_space() const {
    std::error_code ignored;
    const std::uintmax_t needed = fs::file_size(source_.data / "journal" / "journal.db", ignored);
    const fs::space_info space = fs::space(target_, ignored);
    if (ignored || space.available >= needed) return {};
    return fail(ErrorCode::Unavailable, "disk_full",
                fmt::format("{} has room for {} bytes, the journal has {}; free some space.",
                            target_.string(), space.available, needed));
  }

  Result<void> make_directory(const fs::path& path) const {
    return ensure_directory((target_ / path).string());
  }

  /// The file of now before the one before: a rotation in between then shows heads twice, never not at all.
  Result<void> copy_heads() {
    const journal::HeadFile from(source_.heads);
    const journal::HeadFile to(target_ / "heads.jsonl");
    for (const auto& [source, copy] :
         {std::pair{from.path(), to.path()}, std::pair{from.path_before(), to.path_before()},
          std::pair{from.public_key_path(), to.public_key_path()}}) {
      const Result<void> copied = copy_small_file(source, copy);
      if (copied) files_.push_back(copy.filename().string());
      if (!copied && copied.error().code != ErrorCode::NotFound) return copied;
    }
    // A line that is being written is none yet.
    return journal::HeadFile(to).repair();
  }

  Result<void> copy_keys() {
    TRY(make_directory("keys"));
    std::error_code error;
    for (fs::recursive_directory_iterator at(source_.data / "keys", error), end; at != end;
         at.increment(error)) {
      if (error) break;
      const fs::path path = fs::path("keys") / at->path().lexically_relative(source_.data / "keys");
      if (at->is_directory(error)) {
        TRY(make_directory(path));
      } else if (is_database(path)) {
        continue;
      } else if (path.extension() != ".new" && path.filename() != "lock") {
        const Result<void> copied = copy_small_file(at->path(), target_ / path);
        if (!copied && copied.error().code == ErrorCode::NotFound) continue;
        if (!copied) return copied;
        files_.push_back(path.generic_string());
      }
      if (progress_.stop) return fail(ErrorCode::Unavailable, "copy_stopped", "It was stopped.");
    }
    if (!error) return copy_payer_keys();
    return fail(ErrorCode::Unavailable, "file_unreadable",
                fmt::format("{}: {}", (source_.data / "keys").string(), error.message()));
  }

  /// With its log, which belongs to the file.
  static bool is_database(const fs::path& path) {
    return path.filename().string().starts_with(kPayerKeys);
  }

  Result<void> copy_payer_keys() {
    const fs::path file = fs::path("keys") / kPayerKeys;
    std::error_code error;
    const bool kept = fs::exists(source_.data / file, error);
    if (error) {
      return fail(ErrorCode::Unavailable, "file_unreadable",
                  fmt::format("{}: {}", (source_.data / file).string(), error.message()));
    }
    if (!kept) return {};
    TRY(keys::NestedKeyring::copy((source_.data / file).string(), (target_ / file).string(),
                                  [this](const sqlite::CopyProgress&) { return !progress_.stop; }));
    files_.push_back(file.generic_string());
    return {};
  }

  const BackupSource& source_;
  const fs::path target_;
  BackupProgress& progress_;
  std::vector<std::string> files_;
};

}  // namespace

Result<void> check_target_empty(const fs::path& target) {
  std::error_code error;
  if (!fs::exists(target, error)) return {};
  const bool empty = fs::is_directory(target, error) && fs::is_empty(target, error);
  if (empty && !error) return {};
  const bool unfinished = !fs::exists(target / BackupManifest::kFile, error) &&
                          fs::exists(target / "journal", error) &&
                          !fs::exists(target / "lock", error);
  return fail(ErrorCode::FailedPrecondition, "target_not_empty",
              fmt::format("{} is not an empty directory{}; name a new one.", target.string(),
                          unfinished ? " (it may be a backup that was never finished)" : ""));
}

Result<void> copy_small_file(const fs::path& from, const fs::path& to) {
  const Bytes bytes = TRY(read_file(from.string(), kSmallFileBytesMax));
  struct stat status{};
  const mode_t mode = ::stat(from.c_str(), &status) == 0 ? status.st_mode & 0777U : 0600U;
  const int file = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  std::size_t done = 0;
  int error = file < 0 ? errno : 0;
  while (error == 0 && done < bytes.size()) {
    const ssize_t count = ::write(file, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) error = errno;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  if (file >= 0) ::close(file);
  if (error == 0) return {};
  return fail(ErrorCode::Unavailable, error == ENOSPC ? "disk_full" : "file_not_written",
              fmt::format("{}: {}; check the disk and its permissions.", to.string(),
                          std::strerror(error)));
}

Result<void> sync_file_system(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::syncfs(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (synced) return {};
  return fail(ErrorCode::Unavailable, "file_not_written",
              fmt::format("{} cannot be written to disk; check it.", directory.string()));
}

Result<BackupManifest> make_backup(const BackupSource& source, const fs::path& target,
                                   Timestamp now, BackupProgress& progress) {
  TRY(check_target_empty(target));
  std::error_code ignored;
  const bool was_there = fs::exists(target, ignored);
  TRY(ensure_directory(target.string()));
  fs::permissions(target, fs::perms::owner_all, ignored);
  Result<BackupManifest> made = BackupInMaking(source, target, progress).run(now);
  if (!made) {
    // Half a backup holds keys all the same, and fills the disk.
    for (const auto& entry : fs::directory_iterator(target, ignored)) {
      fs::remove_all(entry.path(), ignored);
    }
    if (!was_there) fs::remove(target, ignored);
  }
  return made;
}

}  // namespace remit::app
