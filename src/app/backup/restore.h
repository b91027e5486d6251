#pragma once

#include "app/backup/manifest.h"
#include "kit/journal/journal.h"

#include <functional>
#include <map>

namespace remit::app {

struct RestoreOptions {
  std::filesystem::path backup;
  std::filesystem::path data;  ///< The new data directory; missing or empty.
  /// The last position to keep, by partition; all of it when a partition is not named.
  std::map<journal::PartitionId, journal::Position> last_positions;
  std::string by;  ///< Who restores: "user:alice".
  /// Called with the bytes that are copied and checked, and with all.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

/// One partition as it came back.
struct RestoredPartition {
  std::uint64_t partition = 0;
  std::uint64_t position = 0;        ///< Where it ends now.
  std::uint64_t events_removed = 0;  ///< By the cut.
  std::uint64_t heads_dropped = 0;   ///< Signed heads of what was cut off.
};
BOOST_DESCRIBE_STRUCT(RestoredPartition, (), (partition, position, events_removed, heads_dropped))

/// What a restore leaves in the new directory as `restored.json` for the first start, which journals it.
struct RestoredMark {
  static constexpr std::string_view kFile = "restored.json";
  Timestamp restored_at;
  std::string restored_by;
  Timestamp backup_made_at;
  std::vector<RestoredPartition> partitions;
};
BOOST_DESCRIBE_STRUCT(RestoredMark, (), (restored_at, restored_by, backup_made_at, partitions))

/// Makes a data directory from a backup: copies each file with its mode, checks the copy against the manifest, cuts the
/// journal where asked, drops the signed heads of what was cut (they are kept in `heads.cut.jsonl`), and moves the whole
/// into place at once when it is on the disk. Fails with FailedPrecondition `target_not_empty`, InvalidArgument
/// `position_beyond_end` or `partition_unknown`, or as reading the manifest and checking its files do; nothing is left then.
Result<RestoredMark> restore_backup(const RestoreOptions& options, Timestamp now);

/// The mark of a restore that the directory has not been started since; nullopt when there is none.
Result<std::optional<RestoredMark>> find_restored_mark(const std::filesystem::path& data);
/// The mark is journalled.
Result<void> remove_restored_mark(const std::filesystem::path& data);

}  // namespace remit::app
