#pragma once

#include "kit/base/host.h"
#include "kit/engine/checkpoint_store.h"
#include "kit/engine/mailbox.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace remit::engine {

/// What one checkpoint writes. Kept by the engine until it is saved, so that a failed save is tried again.
struct CheckpointJob {
  CheckpointMark mark;
  std::vector<StoredEntity> changed;
};

/// Writes checkpoints beside the engine, so that a slow disk does not stop commands. One job at a time, one attempt each.
class Checkpointer final : public Component {
 public:
  Checkpointer(CheckpointStore& store, Host& host, journal::PartitionId partition,
               std::shared_ptr<Mailbox> owner)
      : store_(store), host_(host), partition_(partition), owner_(std::move(owner)) {}

  void submit(std::shared_ptr<const CheckpointJob> job);
  std::string name() const override;
  bool step() override;

 private:
  CheckpointStore& store_;
  Host& host_;
  const journal::PartitionId partition_;
  std::shared_ptr<Mailbox> owner_;
  std::mutex mutex_;
  std::shared_ptr<const CheckpointJob> job_;
};

}  // namespace remit::engine
