#pragma once

#include "kit/engine/entity_cache.h"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace remit::engine {

/// What one command changed, so that a refusal leaves no trace: a copy of each entity from before its first change. Copies
/// are made into states that are no longer needed, so that a busy account costs an assignment and no allocation.
class UndoLog {
 public:
  void begin();
  /// Keeps how the slot is now. Once per slot and command; later calls do nothing.
  void save(Slot& slot);
  /// The command stands.
  void keep();
  /// The command is refused: hands every slot to `restored` after putting its old state back, and to `leaving` before.
  template <class Leaving, class Restored>
  void undo(Leaving leaving, Restored restored) {
    for (auto at = saved_.rbegin(); at != saved_.rend(); ++at) {
      leaving(*at->slot);
      put_back(*at);
      restored(*at->slot);
    }
    saved_.clear();
    open_ = false;
  }
  bool open() const { return open_; }

 private:
  static constexpr std::size_t kSparesPerKindMax = 1024;
  struct Saved {
    Slot* slot;
    std::shared_ptr<void> state;
    Version version;
  };
  std::shared_ptr<void> copy_of(const Slot& slot);
  void put_back(Saved& saved);
  void recycle(const EntityKind& kind, std::shared_ptr<void> state);

  std::vector<Saved> saved_;
  std::unordered_map<const EntityKind*, std::vector<std::shared_ptr<void>>> spares_;
  std::uint64_t command_ = 0;
  bool open_ = false;
};

}  // namespace remit::engine
