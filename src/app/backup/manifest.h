#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace remit::app {

/// One file of a backup.
struct BackupFile {
  std::string path;  ///< Within the backup.
  std::uint64_t bytes = 0;
  std::string mode;    ///< "0600"; it comes back with it.
  std::string sha256;  ///< In hexadecimal.
};
BOOST_DESCRIBE_STRUCT(BackupFile, (), (path, bytes, mode, sha256))

/// Where a partition of the journal ends in a backup.
struct BackupPartition {
  std::uint64_t partition = 0;
  std::uint64_t sequence = 0;
  std::uint64_t position = 0;
  std::string chain;  ///< In hexadecimal.
};
BOOST_DESCRIBE_STRUCT(BackupPartition, (), (partition, sequence, position, chain))

/// What makes a directory a backup: the file `backup.json`, written when everything that it lists is on the disk. It shows
/// damage; against somebody who writes a manifest of their own stand the journal's chain and the heads that were exported.
struct BackupManifest {
  static constexpr std::uint32_t kFormat = 1;
  static constexpr std::string_view kFile = "backup.json";

  std::uint32_t format = kFormat;
  Timestamp made_at;
  bool master_key_included =
      false;  ///< False: it is kept elsewhere and is needed beside the backup.
  std::vector<BackupPartition> partitions;
  std::vector<BackupFile> files;
};
BOOST_DESCRIBE_STRUCT(BackupManifest, (), (format, made_at, master_key_included, partitions, files))

/// The entry of a file, its bytes read to the end. Fails as read_file does.
Result<BackupFile> describe_file(const std::filesystem::path& directory, const std::string& path);

/// Fails with FailedPrecondition `not_a_backup` when there is no manifest: the backup was never finished. Corrupt
/// `backup_damaged` when it does not parse or names a file outside of the directory, Unsupported `backup_too_new`.
Result<BackupManifest> load_manifest(const std::filesystem::path& directory);

/// Whether the file in the directory is what the manifest says. Fails with Corrupt `backup_damaged`.
Result<void> check_file(const std::filesystem::path& directory, const BackupFile& file);

}  // namespace remit::app
