#pragma once

#include "kit/engine/checkpoint_store.h"

#include <map>
#include <mutex>

namespace remit::engine {

/// Checkpoints in memory, for tests and simulation: what was saved stays for as long as the object lives, so that a restart
/// of the engine finds it. Thread safe.
class MemoryCheckpointStore final : public CheckpointStore {
 public:
  Result<CheckpointMark> latest(journal::PartitionId partition) override;
  Result<std::optional<StoredEntity>> load(journal::PartitionId partition,
                                           const TypeId& id) override;
  Result<void> save(journal::PartitionId partition, const CheckpointMark& mark,
                    const std::vector<StoredEntity>& changed) override;
  Result<std::vector<StoredEntity>> scan(journal::PartitionId partition, std::string_view prefix,
                                         const TypeId& after, std::size_t count_max) override;
  Result<void> clear(journal::PartitionId partition) override;

  /// While true every call fails with Unavailable, as a store does whose disk is gone.
  void set_unavailable(bool unavailable);

 private:
  struct Partition {
    CheckpointMark mark;
    std::map<TypeId, StoredEntity> entities;
  };
  Result<void> reachable() const;

  std::mutex mutex_;
  std::map<journal::PartitionId, Partition> partitions_;
  bool unavailable_ = false;
};

}  // namespace remit::engine
