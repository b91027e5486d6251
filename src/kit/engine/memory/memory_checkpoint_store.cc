#include "kit/engine/memory/memory_checkpoint_store.h"

#include "kit/engine/checkpoint_overtaken.h"

namespace remit::engine {

Result<void> MemoryCheckpointStore::reachable() const {
  if (!unavailable_) return {};
  return fail(ErrorCode::Unavailable, "checkpoints_unavailable",
              "The checkpoint store cannot be reached; try again.");
}

void MemoryCheckpointStore::set_unavailable(bool unavailable) {
  const std::lock_guard lock(mutex_);
  unavailable_ = unavailable;
}

Result<CheckpointMark> MemoryCheckpointStore::latest(journal::PartitionId partition) {
  const std::lock_guard lock(mutex_);
  if (auto ok = reachable(); !ok) return std::unexpected(ok.error());
  return partitions_[partition].mark;
}

Result<std::optional<StoredEntity>> MemoryCheckpointStore::load(journal::PartitionId partition,
                                                                const TypeId& id) {
  const std::lock_guard lock(mutex_);
  if (auto ok = reachable(); !ok) return std::unexpected(ok.error());
  const auto& entities = partitions_[partition].entities;
  const auto found = entities.find(id);
  if (found == entities.end()) return std::nullopt;
  return found->second;
}

Result<void> MemoryCheckpointStore::save(journal::PartitionId partition, const CheckpointMark& mark,
                                         const std::vector<StoredEntity>& changed) {
  const std::lock_guard lock(mutex_);
  if (auto ok = reachable(); !ok) return ok;
  Partition& stored = partitions_[partition];
  if (stored.mark.sequence > mark.sequence) {
    return checkpoint_overtaken(mark, stored.mark.sequence);
  }
  stored.mark = mark;
  for (const StoredEntity& entity : changed) {
    if (entity.state) {
      stored.entities.insert_or_assign(entity.id, entity);
    } else {
      stored.entities.erase(entity.id);
    }
  }
  return {};
}

Result<std::vector<StoredEntity>> MemoryCheckpointStore::scan(journal::PartitionId partition,
                                                              std::string_view prefix,
                                                              const TypeId& after,
                                                              std::size_t count_max) {
  const std::lock_guard lock(mutex_);
  if (auto ok = reachable(); !ok) return std::unexpected(ok.error());
  std::vector<StoredEntity> page;
  const auto& entities = partitions_[partition].entities;
  for (auto at = entities.upper_bound(after); at != entities.end() && page.size() < count_max;
       ++at) {
    if (at->first.prefix() == prefix) page.push_back(at->second);
  }
  return page;
}

Result<void> MemoryCheckpointStore::clear(journal::PartitionId partition) {
  const std::lock_guard lock(mutex_);
  if (auto ok = reachable(); !ok) return ok;
  partitions_.erase(partition);
  return {};
}

}  // namespace remit::engine
