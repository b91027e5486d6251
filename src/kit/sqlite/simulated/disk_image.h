#pragma once

#include "kit/base/bytes.h"
#include "kit/base/random.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::sqlite {

/// What a simulated disk holds: of each file the bytes that are durable, the bytes that programs read, and the writes that
/// are between the two. Names are durable apart from the files that they name. A value: a copy is another disk.
///
/// The rules are those that POSIX gives and Linux keeps. A write becomes durable by a sync of its file, a name by a sync of
/// its folder, and before that in part, in any order or not at all. A sector is never torn, and what a write did not name is
/// not changed by it (SQLite calls that powersafe overwrite). After a failed sync the writes before it count as done whether
/// they are durable or not.
class DiskImage {
 public:
  static constexpr std::size_t kSectorBytes = 512;
  using Inode = std::uint64_t;

  std::optional<Inode> find(const std::string& path) const;
  /// Not durable before the folder is synced. The name must be free.
  Inode create(const std::string& path);
  void remove(const std::string& path);

  /// As programs read it.
  const Bytes& content(Inode inode) const { return files_.at(inode).cached; }
  void write(Inode inode, std::uint64_t offset, ByteView bytes);
  void truncate(Inode inode, std::uint64_t bytes);
  void sync(Inode inode);
  void sync_folder(std::string_view folder);
  /// Some of what should have become durable does, the rest never will unless it is written again.
  void fail_sync(Inode inode, Random& random);

  /// The power goes and comes: what was not durable is kept, lost or torn. How much of each is drawn too, so that the rare
  /// ends (all of it, none of it) are met.
  void power_cut(Random& random);

  /// Changes one bit of a file as a bad disk does: read and durable at once.
  void flip(const std::string& path, std::uint64_t bit);
  /// Of all files that have a name.
  std::uint64_t bytes_used() const;

 private:
  struct Change {
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> truncated_to;  ///< Otherwise a write.
    Bytes bytes;
  };
  struct File {
    Bytes cached;
    Bytes durable;
    std::vector<Change> unsynced;
  };
  struct Chances;
  static void apply(Bytes& content, const Change& change);
  static void apply_torn(Bytes& content, const Change& change, Random& random);
  static void apply_some(File& file, const Chances& chances, Random& random);
  void drop_nameless();

  std::map<Inode, File> files_;
  std::map<std::string, Inode> names_;
  std::map<std::string, Inode> durable_names_;
  Inode last_inode_ = 0;
};

/// "/data" of "/data/journal.db".
std::string_view folder_of(std::string_view path);

}  // namespace remit::sqlite
