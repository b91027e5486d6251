#pragma once

#include "kit/journal/heads/signed_head.h"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace remit::journal {

/// Where signed heads are kept: a file of lines, and beside it the one before ("heads.1.jsonl" for "heads.jsonl") and the
/// public key ("heads.pub"). May be on another disk than the journal, and should be copied to another machine.
class HeadFile {
 public:
  static constexpr std::size_t kBytesMax = 16 * 1024 * 1024;

  explicit HeadFile(std::filesystem::path path, std::size_t bytes_max = kBytesMax)
      : path_(std::move(path)), bytes_max_(bytes_max) {}

  /// Cuts off the half of a line that a crash may have left. Makes the file unless it exists; its folder must exist. Fails as
  /// append_lines_durably does.
  Result<void> repair();
  /// Moves a file that has reached its bound aside, over the one before. True when it did. Fails with Unavailable
  /// `file_not_written`.
  Result<bool> rotate_if_full();
  /// Durable when it returns.
  Result<void> append(const std::vector<SignedHead>& heads);
  /// Those of the file before and of this one, in the order of writing; none when there is no file. A last line without its
  /// newline was never finished and is passed over. Fails with Corrupt `head_line_damaged` and the line, or as read_file does.
  Result<std::vector<SignedHead>> read() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path path_before() const;
  std::filesystem::path public_key_path() const;

 private:
  const std::filesystem::path path_;
  const std::size_t bytes_max_;
};

}  // namespace remit::journal
