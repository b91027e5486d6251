#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace remit::sqlite {

/// What the open files of one database share: its lock (https://www.sqlite.org/lockingv3.html), and the shared memory of its
/// WAL with the locks on that (https://www.sqlite.org/walformat.html). Answers are result codes of SQLite: SQLITE_OK or
/// SQLITE_BUSY. `file` tells open files apart.
class FileLocks {
 public:
  static constexpr std::size_t kRegionBytes = 32 * 1024;

  int lock(const void* file, int level);
  void unlock(const void* file, int level);
  bool is_reserved() const;

  /// A region of the shared memory, of zeros when it is new; null when there is none and none is to be made.
  std::byte* map(const void* file, std::size_t region, bool make);
  int lock_shared_memory(const void* file, int offset, int count, int flags);
  /// The last one out forgets the memory.
  void unmap(const void* file);

 private:
  using Region = std::array<std::byte, kRegionBytes>;
  struct Slot {
    std::set<const void*> shared;
    const void* exclusive = nullptr;
  };

  bool others_hold(const void* file, int level) const;

  std::map<const void*, int> levels_;
  std::vector<std::unique_ptr<Region>> regions_;
  std::set<const void*> mapped_;
  std::array<Slot, 8> slots_;
};

}  // namespace remit::sqlite
