#include "kit/engine/entity_cache.h"

#include "kit/base/check.h"

namespace remit::engine {

Slot* EntityCache::find(const TypeId& id) {
  // Rules ask for one entity several times in a row.
  if (recent_ != nullptr && recent_->id == id) return recent_;
  const auto found = slots_.find(id);
  if (found == slots_.end()) return nullptr;
  Slot& slot = found->second;
  recent_ = &slot;
  if (slot.idle && warmest_ != &slot) {
    unlink(slot);
    link_warmest(slot);
  }
  return &slot;
}

Slot& EntityCache::add(const TypeId& id, const EntityKind& kind, std::shared_ptr<void> state,
                       Version version) {
  const auto [at, added] = slots_.try_emplace(id);
  CHECK(added, "{} is in memory already", id.to_string());
  Slot& slot = at->second;
  slot.id = id;
  slot.kind = &kind;
  slot.state = std::move(state);
  slot.version = version;
  link_warmest(slot);
  recent_ = &slot;
  return slot;
}

void EntityCache::pin(Slot& slot) {
  if (slot.idle) unlink(slot);
}

void EntityCache::unpin(Slot& slot) {
  if (!slot.idle) link_warmest(slot);
}

void EntityCache::evict(std::size_t idle_max) {
  recent_ = nullptr;
  while (idle_ > idle_max) {
    Slot* slot = coldest_;
    CHECK(slot != nullptr && slot->generation == 0, "an idle slot that no checkpoint has");
    unlink(*slot);
    slots_.erase(TypeId(slot->id));
  }
}

void EntityCache::link_warmest(Slot& slot) {
  CHECK(!slot.idle, "{} is idle already", slot.id.to_string());
  slot.idle = true;
  slot.warmer = nullptr;
  slot.colder = warmest_;
  if (warmest_ != nullptr) warmest_->warmer = &slot;
  warmest_ = &slot;
  if (coldest_ == nullptr) coldest_ = &slot;
  ++idle_;
}

void EntityCache::unlink(Slot& slot) {
  CHECK(slot.idle && idle_ > 0, "{} is not idle", slot.id.to_string());
  (slot.warmer != nullptr ? slot.warmer->colder : warmest_) = slot.colder;
  (slot.colder != nullptr ? slot.colder->warmer : coldest_) = slot.warmer;
  slot.warmer = nullptr;
  slot.colder = nullptr;
  slot.idle = false;
  --idle_;
}

}  // namespace remit::engine
