#include "app/backup/restore.h"

#include "app/backup/make_backup.h"
#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"
#include "kit/journal/heads/head_file.h"
#include "kit/journal/sqlite/copy_journal.h"

#include <charconv>

namespace remit::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMarkBytesMax = 1024UL * 1024;

Result<void> copy_file(const fs::path& from, const fs::path& to, const std::string& mode) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (!error) fs::copy_file(from, to, error);
  unsigned bits = 0600;
  std::from_chars(mode.data(), mode.data() + mode.size(), bits, 8);
  if (!error) fs::permissions(to, static_cast<fs::perms>(bits & 0777U), error);
  if (!error) return {};
  if (!fs::exists(from)) {
    return fail(ErrorCode::Corrupt, "backup_damaged",
                fmt::format("{} is missing. Use another backup.", from.string()));
  }
  const bool full = error == std::errc::no_space_on_device;
  return fail(
      ErrorCode::Unavailable, full ? "disk_full" : "file_not_written",
      fmt::format("{}: {}; check the disk and its permissions.", to.string(), error.message()));
}

/// create_directories makes them as the umask says.
void close_directories(const fs::path& directory) {
  std::error_code ignored;
  fs::permissions(directory, fs::perms::owner_all, ignored);
  for (const auto& entry : fs::recursive_directory_iterator(directory, ignored)) {
    if (entry.is_directory(ignored)) fs::permissions(entry, fs::perms::owner_all, ignored);
  }
}

Result<void> copy_files(const RestoreOptions& options, const BackupManifest& manifest,
                        const fs::path& to) {
  std::uint64_t total = 0;
  for (const BackupFile& file : manifest.files) total += file.bytes;
  std::uint64_t done = 0;
  for (const BackupFile& file : manifest.files) {
    TRY(copy_file(options.backup / file.path, to / file.path, file.mode));
    // The copy, not the original: this finds what went wrong on the way as well.
    TRY(check_file(to, file));
    done += file.bytes;
    if (options.progress) options.progress(done, total);
  }
  close_directories(to);
  return {};
}

/// Heads of what is gone would keep the server from starting, and rightly so.
Result<std::uint64_t> drop_heads(const fs::path& directory, journal::PartitionId partition,
                                 journal::Sequence last) {
  journal::HeadFile file(directory / "heads.jsonl");
  std::vector<journal::SignedHead> kept;
  std::vector<journal::SignedHead> dropped;
  for (journal::SignedHead& head : TRY(file.read())) {
    const bool gone = head.partition == partition && head.sequence > last;
    (gone ? dropped : kept).push_back(std::move(head));
  }
  if (dropped.empty()) return 0;
  TRY(journal::HeadFile(directory / "heads.cut.jsonl").append(dropped));
  std::error_code ignored;
  fs::remove(file.path_before(), ignored);
  fs::remove(file.path(), ignored);
  TRY(file.append(kept));
  return dropped.size();
}

Result<std::vector<RestoredPartition>> cut(const RestoreOptions& options,
                                           const BackupManifest& manifest, const fs::path& data) {
  std::vector<RestoredPartition> partitions;
  for (const BackupPartition& partition : manifest.partitions) {
    RestoredPartition& restored = partitions.emplace_back();
    restored.partition = partition.partition;
    restored.position = partition.position;
    const journal::PartitionId id(partition.partition);
    const auto last = options.last_positions.find(id);
    if (last == options.last_positions.end()) continue;
    const journal::JournalCut made =
        TRY(journal::cut_journal((data / "journal" / "journal.db").string(), id, last->second));
    restored.position = made.head.position.value;
    restored.events_removed = made.events_removed;
    restored.heads_dropped = TRY(drop_heads(data, id, made.head.sequence));
  }
  return partitions;
}

Result<void> check_partitions(const RestoreOptions& options, const BackupManifest& manifest) {
  for (const auto& [partition, last] : options.last_positions) {
    const bool known = std::ranges::any_of(manifest.partitions, [&](const BackupPartition& one) {
      return one.partition == partition.value;
    });
    if (known) continue;
    return fail(ErrorCode::InvalidArgument, "partition_unknown",
                fmt::format("The backup has no partition {}.", partition.value), "to-position");
  }
  return {};
}

Result<RestoredMark> restore_to(const RestoreOptions& options, const BackupManifest& manifest,
                                const fs::path& staging, Timestamp now) {
  TRY(copy_files(options, manifest, staging));
  RestoredMark mark{.restored_at = now,
                    .restored_by = options.by,
                    .backup_made_at = manifest.made_at,
                    .partitions = TRY(cut(options, manifest, staging))};
  TRY(write_file_durably((staging / RestoredMark::kFile).string(),
                         as_bytes(codec::to_json(mark) + "\n"), 0600));
  TRY(sync_file_system(staging));
  std::error_code error;
  // At once: a restore that was killed leaves no directory that looks like data.
  fs::rename(staging, options.data, error);
  if (error) {
    return fail(
        ErrorCode::Unavailable, "file_not_written",
        fmt::format("{} cannot be moved into place: {}.", options.data.string(), error.message()));
  }
  TRY(sync_file_system(options.data));
  return mark;
}

}  // namespace

Result<RestoredMark> restore_backup(const RestoreOptions& options, Timestamp now) {
  TRY(check_target_empty(options.data));
  const BackupManifest manifest = TRY(load_manifest(options.backup));
  TRY(check_partitions(options, manifest));
  const fs::path staging = options.data.string() + ".restoring";
  std::error_code ignored;
  fs::remove_all(staging, ignored);
  TRY(ensure_directory(staging.string()));
  Result<RestoredMark> restored = restore_to(options, manifest, staging, now);
  if (!restored) fs::remove_all(staging, ignored);
  return restored;
}

Result<std::optional<RestoredMark>> find_restored_mark(const fs::path& data) {
  const Result<Bytes> bytes = read_file((data / RestoredMark::kFile).string(), kMarkBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::NotFound) return std::nullopt;
  if (!bytes) return std::unexpected(bytes.error());
  return TRY(codec::from_json<RestoredMark>(as_text(*bytes)));
}

Result<void> remove_restored_mark(const fs::path& data) {
  std::error_code error;
  fs::remove(data / RestoredMark::kFile, error);
  if (!error) return {};
  return fail(ErrorCode::Unavailable, "file_not_written",
              fmt::format("{}: {}", RestoredMark::kFile, error.message()));
}

}  // namespace remit::app
