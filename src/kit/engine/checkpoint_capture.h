#pragma once

#include "kit/engine/checkpoint_store.h"
#include "kit/engine/entity_cache.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace remit::engine {

/// Knows which stored entities changed since the last checkpoint, and encodes them as of one moment while commands go on: an
/// entity that is about to change again is encoded just before, all others in slices. Entities stay pinned until the
/// checkpoint that has them is saved.
class CheckpointCapture {
 public:
  explicit CheckpointCapture(const EntityKind* timers) : timers_(timers) {}

  /// True for the kinds that checkpoints hold: Snapshot, and timers, so that those that wait are found at start.
  bool holds(const EntityKind& kind) const;
  /// To be called before the slot changes.
  void before_change(Slot& slot);

  /// The states as they are now become the next checkpoint.
  void begin();
  bool open() const { return open_; }
  /// Encodes at most `count_max` entities more. True when none is left.
  bool encode_slice(std::size_t count_max);
  /// What was encoded, to be saved.
  std::vector<StoredEntity> take();
  /// It is saved: hands every slot that has not changed since to `settled`.
  template <class Settled>
  void saved(Settled settled) {
    for (Slot* slot : capturing_) {
      if (slot->generation != generation_ - 1) continue;
      slot->generation = 0;
      settled(*slot);
    }
    close();
  }
  /// Entities that a checkpoint does not have yet.
  std::size_t dirty() const { return dirty_.size() + capturing_.size(); }

 private:
  void encode(Slot& slot);
  void close();

  const EntityKind* timers_;
  std::vector<Slot*> dirty_;      ///< Changed since the last `begin`.
  std::vector<Slot*> capturing_;  ///< Changed before it.
  std::vector<StoredEntity> encoded_;
  std::size_t next_ = 0;
  std::uint64_t generation_ = 1;
  bool open_ = false;
};

}  // namespace remit::engine
