#include "kit/engine/core.h"

#include <utility>

namespace remit::engine {
namespace {

constexpr Duration kSaveAgainAfter = std::chrono::seconds(1);

}  // namespace

void Engine::Core::begin_checkpoint_if_due() {
  if (job_) return;
  if (!checkpoint_waiting_.empty() && saved_.sequence == staged_sequence_) {
    for (QueryCallback& done : std::exchange(checkpoint_waiting_, {})) done(saved_.position);
  }
  const bool due = events_since_checkpoint_ >= options_.checkpoint_events_max ||
                   states_->capture().dirty() >= options_.entities_max ||
                   !checkpoint_waiting_.empty();
  if (!due) return;
  job_ = std::make_shared<CheckpointJob>();
  job_->mark = {staged_sequence_, staged_position_, staged_time_, {}};
  if (durable_.sequence == staged_sequence_) job_->mark.chain = durable_.chain;
  job_waiting_ = std::exchange(checkpoint_waiting_, {});
  job_encoded_ = false;
  events_since_checkpoint_ = 0;
  states_->capture().begin();
}

/// One slice of the checkpoint that is being made; true when there is more to encode.
bool Engine::Core::advance_checkpoint() {
  if (!job_ || saving_) return false;
  if (!job_encoded_) {
    job_encoded_ = states_->capture().encode_slice(options_.checkpoint_slice_max);
    if (!job_encoded_) return true;
    job_->changed = states_->capture().take();
  }
  if (durable_.sequence < job_->mark.sequence) return false;
  if (save_again_at_ && ports_.host.clock().monotonic() < *save_again_at_) return false;
  CHECK(job_->mark.sequence == journal::Sequence() || job_->mark.chain != Hash256{},
        "a checkpoint at {} without its chain", job_->mark.sequence.value);
  saving_ = true;
  checkpointer_.submit(job_);
  return false;
}

void Engine::Core::on_save(SaveDone done) {
  CHECK(saving_ && job_, "a checkpoint ends that was not begun");
  saving_ = false;
  if (phase_ != Phase::Running) {
    job_ = nullptr;
    return;
  }
  if (!done.outcome) {
    // The store is a cache: the engine goes on with what it has in memory and tries again.
    ++stats_.checkpoint_failures;
    put_off(PutOff::Checkpoints, std::move(done.outcome).error());
    save_again_at_ = ports_.host.clock().monotonic() + kSaveAgainAfter;
    wake_after(kSaveAgainAfter);
    return;
  }
  save_again_at_.reset();
  states_->checkpoint_saved();
  saved_ = job_->mark;
  job_ = nullptr;
  ++stats_.checkpoints;
  caught_up(PutOff::Checkpoints);
  for (QueryCallback& waiting : std::exchange(job_waiting_, {})) waiting(saved_.position);
}

void Engine::Core::refuse_checkpoints(const Error& error) {
  for (QueryCallback& done : std::exchange(job_waiting_, {})) done(std::unexpected(error));
  for (QueryCallback& done : std::exchange(checkpoint_waiting_, {})) done(std::unexpected(error));
}

}  // namespace remit::engine
