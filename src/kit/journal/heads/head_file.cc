#include "kit/journal/heads/head_file.h"

#include "kit/base/durable_file.h"

#include <fmt/format.h>

namespace remit::journal {
namespace {

constexpr mode_t kMode = 0644;
/// A file may pass its bound by one append.
constexpr std::size_t kReadBytesMax = 4 * HeadFile::kBytesMax;

Result<void> read_lines(const std::filesystem::path& path, std::vector<SignedHead>& heads) {
  const Result<Bytes> bytes = read_file(path.string(), kReadBytesMax);
  if (!bytes && bytes.error().reason == "file_not_found") return {};
  if (!bytes) return std::unexpected(bytes.error());
  std::string_view text = as_text(*bytes);
  for (std::size_t number = 1;; ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    Result<SignedHead> head = from_line(text.substr(0, end));
    if (!head) {
      return std::unexpected(std::move(head).error().wrap(
          ErrorCode::Corrupt, "head_line_damaged",
          fmt::format("Line {} of {} is no signed head; compare it with an exported copy.", number,
                      path.string())));
    }
    heads.push_back(*std::move(head));
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::filesystem::path HeadFile::path_before() const {
  return path_.parent_path() / (path_.stem().string() + ".1" + path_.extension().string());
}

std::filesystem::path HeadFile::public_key_path() const {
  return path_.parent_path() / (path_.stem().string() + ".pub");
}

Result<void> HeadFile::repair() {
  return append_lines_durably(path_.string(), "", kMode);
}

Result<bool> HeadFile::rotate_if_full() {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path_, error);
  if (error || size < bytes_max_) return false;
  std::filesystem::rename(path_, path_before(), error);
  if (!error) return true;
  return fail(ErrorCode::Unavailable, "file_not_written",
              fmt::format("{} cannot be moved aside: {}.", path_.string(), error.message()));
}

Result<void> HeadFile::append(const std::vector<SignedHead>& heads) {
  std::string lines;
  for (const SignedHead& head : heads) lines += to_line(head) + "\n";
  return append_lines_durably(path_.string(), lines, kMode);
}

Result<std::vector<SignedHead>> HeadFile::read() const {
  std::vector<SignedHead> heads;
  TRY(read_lines(path_before(), heads));
  TRY(read_lines(path_, heads));
  return heads;
}

}  // namespace remit::journal
