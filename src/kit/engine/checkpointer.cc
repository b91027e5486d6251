#include "kit/engine/checkpointer.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <utility>

namespace remit::engine {

void Checkpointer::submit(std::shared_ptr<const CheckpointJob> job) {
  {
    const std::lock_guard lock(mutex_);
    CHECK(job_ == nullptr, "two checkpoints at once");
    job_ = std::move(job);
  }
  host_.wake(*this);
}

std::string Checkpointer::name() const {
  return fmt::format("checkpoint-{}", partition_.value);
}

bool Checkpointer::step() {
  std::shared_ptr<const CheckpointJob> job;
  {
    const std::lock_guard lock(mutex_);
    job = std::exchange(job_, nullptr);
  }
  if (job) owner_->post(SaveDone{store_.save(partition_, job->mark, job->changed)});
  return false;
}

}  // namespace remit::engine
