#include "kit/flow/checkpoints.h"

namespace remit::flow {

Result<Checkpoint> MemoryCheckpointTable::load(std::string_view flow) {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(flow);
  return found == rows_.end() ? Checkpoint{} : found->second;
}

Result<void> MemoryCheckpointTable::save(std::string_view flow, const Checkpoint& checkpoint) {
  const std::lock_guard lock(mutex_);
  rows_.insert_or_assign(std::string(flow), checkpoint);
  return {};
}

}  // namespace remit::flow
