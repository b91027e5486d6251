#pragma once

#include "kit/base/type_id.h"
#include "kit/engine/registry.h"
#include "kit/journal/journal.h"

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace remit::engine {

/// One entity in memory: its state and the version of its stream, as staged.
struct Slot {
  TypeId id;
  const EntityKind* kind = nullptr;
  std::shared_ptr<void> state;  ///< Null: known not to exist.
  Version version;
  journal::Sequence changed_in;  ///< The commit that changed it last; zero: as it was loaded.
  std::uint64_t generation = 0;  ///< The checkpoint that must take it in; zero: none.
  std::uint64_t captured = 0;    ///< The last checkpoint that has its encoding.
  std::uint64_t saved_for = 0;   ///< The last command whose undo has a copy of it.
  Slot* colder = nullptr;
  Slot* warmer = nullptr;
  bool idle = false;  ///< In the list of those that may go.
};

/// The entities in memory. Those that could be loaded again are idle and form a list by last use, from whose cold end they
/// go; all others are pinned. Slots do not move while they exist.
class EntityCache {
 public:
  EntityCache() = default;
  EntityCache(const EntityCache&) = delete;
  EntityCache& operator=(const EntityCache&) = delete;

  /// The slot, now the warmest if it is idle; nullptr when it is not in memory.
  Slot* find(const TypeId& id);
  /// A new slot, idle.
  Slot& add(const TypeId& id, const EntityKind& kind, std::shared_ptr<void> state, Version version);
  void pin(Slot& slot);
  void unpin(Slot& slot);
  /// Forgets the coldest idle entities until at most `idle_max` are left.
  void evict(std::size_t idle_max);
  std::size_t size() const { return slots_.size(); }
  std::size_t idle() const { return idle_; }

  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [id, slot] : slots_) visit(slot);
  }

 private:
  void link_warmest(Slot& slot);
  void unlink(Slot& slot);

  std::unordered_map<TypeId, Slot> slots_;
  Slot* coldest_ = nullptr;
  Slot* warmest_ = nullptr;
  Slot* recent_ = nullptr;  ///< The one found last.
  std::size_t idle_ = 0;
};

}  // namespace remit::engine
