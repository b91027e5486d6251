#pragma once

#include "kit/base/result.h"

#include <filesystem>
#include <memory>

namespace remit::service {

/// The directory of a server that keeps its own files, held by one process at a time: two writers of one journal would
/// fence each other for ever. The kernel lets go of it when the process ends, however it ends.
class DataDirectory {
 public:
  /// The layout of the directory as this program knows it, kept in the file `format`.
  static constexpr int kFormat = 1;

  /// Makes the directory and its parts (mode 0700) unless they exist, and takes its lock. Fails with Unavailable
  /// `data_directory_in_use` and the other's process id, Unsupported `data_directory_too_new`, Corrupt
  /// `data_directory_format_unreadable`, or Unavailable `directory_not_made` or `data_directory_not_locked`.
  static Result<DataDirectory> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// Directories, which exist.
  std::filesystem::path journal() const { return path_ / "journal"; }
  std::filesystem::path keys() const { return path_ / "keys"; }
  std::filesystem::path read_models() const { return path_ / "read-models"; }
  /// Files, which their owners make.
  std::filesystem::path checkpoints() const { return path_ / "checkpoints.db"; }
  std::filesystem::path flow_checkpoints() const { return path_ / "flows.db"; }
  std::filesystem::path signed_heads() const { return path_ / "heads.jsonl"; }
  std::filesystem::path payer_keys() const { return keys() / "payers.db"; }
  std::filesystem::path head_key() const { return keys() / "heads.key"; }
  std::filesystem::path admin_socket() const { return path_ / "admin.sock"; }

 private:
  struct Lock;
  DataDirectory(std::filesystem::path path, std::shared_ptr<Lock> lock);
  Result<void> make_parts() const;
  Result<void> check_format() const;

  std::filesystem::path path_;
  std::shared_ptr<Lock> lock_;
};

}  // namespace remit::service
