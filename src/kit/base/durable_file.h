#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace remit {

/// The whole file. Fails with NotFound `file_not_found`, LimitExceeded `file_too_large` above
/// `bytes_max`, or Unavailable `file_unreadable`.
Result<Bytes> read_file(const std::string& path, std::size_t bytes_max);

/// Replaces the file at once and for good: when this returns, a crash leaves the new content, and at
/// any time before either the old or the new. (A file beside it is written, synced and renamed, and
/// the directory synced.) The directory must exist. Fails with Unavailable `file_not_written`. Not for
/// two writers of one path at a time.
Result<void> write_file_durably(const std::string& path, ByteView bytes, mode_t mode);

/// Appends whole lines, each with its newline, to a file of lines that is made if need be: when this returns they are on the
/// disk. Whatever a crash left behind the last newline is cut off first, also when there is nothing to append. Fails with
/// Unavailable `file_not_written`, and then leaves no part of the lines where it can. One writer at a time.
Result<void> append_lines_durably(const std::string& path, std::string_view lines, mode_t mode);

/// Makes the directory (mode 0700) unless it exists, durably; its parent must exist. Fails with
/// Unavailable `directory_not_made`.
Result<void> ensure_directory(const std::string& path);

}  // namespace remit
