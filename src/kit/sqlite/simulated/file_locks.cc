#include "kit/sqlite/simulated/file_locks.h"

#include <sqlite3.h>

#include <algorithm>
#include <span>

namespace remit::sqlite {
namespace {

/// Between reserved and exclusive: no new readers. SQLite keeps the number to itself.
constexpr int kPending = SQLITE_LOCK_RESERVED + 1;

}  // namespace

bool FileLocks::others_hold(const void* file, int level) const {
  return std::ranges::any_of(
      levels_, [&](const auto& held) { return held.first != file && held.second >= level; });
}

int FileLocks::lock(const void* file, int level) {
  const auto found = levels_.find(file);
  const int held = found == levels_.end() ? SQLITE_LOCK_NONE : found->second;
  if (held >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if (others_hold(file, kPending)) return SQLITE_BUSY;
  } else {
    if (others_hold(file, SQLITE_LOCK_RESERVED)) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && others_hold(file, SQLITE_LOCK_SHARED)) {
      levels_[file] = kPending;
      return SQLITE_BUSY;
    }
  }
  levels_[file] = level;
  return SQLITE_OK;
}

void FileLocks::unlock(const void* file, int level) {
  if (level == SQLITE_LOCK_NONE) {
    levels_.erase(file);
  } else if (const auto held = levels_.find(file); held != levels_.end()) {
    held->second = std::min(held->second, level);
  }
}

bool FileLocks::is_reserved() const {
  return others_hold(nullptr, SQLITE_LOCK_RESERVED);
}

std::byte* FileLocks::map(const void* file, std::size_t region, bool make) {
  mapped_.insert(file);
  if (region >= regions_.size() && !make) return nullptr;
  while (region >= regions_.size()) regions_.push_back(std::make_unique<Region>());
  return regions_[region]->data();
}

int FileLocks::lock_shared_memory(const void* file, int offset, int count, int flags) {
  const auto slots =
      std::span(slots_).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (Slot& slot : slots) {
      if (slot.exclusive == file) slot.exclusive = nullptr;
      slot.shared.erase(file);
    }
    return SQLITE_OK;
  }
  for (const Slot& slot : slots) {
    if (slot.exclusive != nullptr && slot.exclusive != file) return SQLITE_BUSY;
    const bool read_by_others = slot.shared.size() > slot.shared.count(file);
    if (exclusive && read_by_others) return SQLITE_BUSY;
  }
  for (Slot& slot : slots) {
    if (exclusive) {
      slot.exclusive = file;
    } else {
      slot.shared.insert(file);
    }
  }
  return SQLITE_OK;
}

void FileLocks::unmap(const void* file) {
  for (Slot& slot : slots_) {
    if (slot.exclusive == file) slot.exclusive = nullptr;
    slot.shared.erase(file);
  }
  mapped_.erase(file);
  if (mapped_.empty()) regions_.clear();
}

}  // namespace remit::sqlite
