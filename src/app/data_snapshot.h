#pragma once

#include "kit/base/result.h"

#include <filesystem>

namespace remit::app {

/// A copy of a data directory whose server goes on meanwhile, to be looked at by who must not disturb it. It has no keys,
/// lies in the directory for temporary files (TMPDIR), for this user's eyes alone, and goes when this does.
class DataSnapshot {
 public:
  /// Copies what was derived from the journal before the journal itself, so that none of it is ahead of the copy. Fails with
  /// Unavailable `snapshot_failed`, or as opening and copying a database do.
  static Result<DataSnapshot> take(const std::filesystem::path& data);
  DataSnapshot(DataSnapshot&& other) noexcept;
  DataSnapshot& operator=(DataSnapshot&&) = delete;
  ~DataSnapshot();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit DataSnapshot(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// Where copies lie that are looked at and thrown away. Fails with Unavailable `snapshot_failed`.
Result<std::filesystem::path> temporary_directory();

}  // namespace remit::app
