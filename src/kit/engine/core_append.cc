#include "kit/base/planted.h"
#include "kit/engine/core.h"

#include <algorithm>
#include <utility>

namespace remit::engine {

void Engine::Core::close_batch(Batch& batch) {
  std::vector<Waiting> waiting = batch.take_waiting();
  if (batch.empty()) {
    states_->abandon_commit();
    if (in_flight_.empty() || planted(Bug::ReadOfStagedState)) {
      for (Waiting& one : waiting) one.succeed();
    } else {
      // They saw what is staged, so they hear it when that is durable.
      auto& last = in_flight_.back().waiting;
      std::ranges::move(waiting, std::back_inserter(last));
    }
    return;
  }
  CHECK(batch.sequence() == staged_sequence_.next() && batch.time() >= staged_time_,
        "commit {} at {} behind {} at {}", batch.sequence().value, to_rfc3339(batch.time()),
        staged_sequence_.value, to_rfc3339(staged_time_));
  staged_sequence_ = batch.sequence();
  staged_position_ = batch.last_position();
  staged_time_ = batch.time();
  staged_at_ = ports_.host.clock().monotonic();
  stats_.events += batch.events();
  events_since_checkpoint_ += batch.events();
  ++stats_.commits;
  if (planted(Bug::AckBeforeCommit)) {
    for (Waiting& one : std::exchange(waiting, {})) one.succeed();
  }
  in_flight_.push_back(
      {staged_sequence_, epoch_, staged_position_, staged_time_, std::move(waiting), std::nullopt});
  const auto sequence = staged_sequence_;
  ports_.journal.append(partition_, epoch_, batch.take_commit(),
                        [box = mailbox_, sequence](journal::AppendOutcome outcome) {
                          box->post(AppendDone{sequence, std::move(outcome)});
                        });
}

void Engine::Core::on_append(AppendDone done) {
  const auto commit = std::ranges::find(in_flight_, done.sequence, &InFlight::sequence);
  CHECK(commit != in_flight_.end() && !commit->outcome, "commit {} ends twice",
        done.sequence.value);
  commit->outcome = std::move(done.outcome);
  settle_appends();
}

void Engine::Core::settle_appends() {
  while (!in_flight_.empty() && in_flight_.front().outcome) {
    const auto* appended = std::get_if<journal::Appended>(&*in_flight_.front().outcome);
    if (appended == nullptr) {
      begin_recovery();
      return;
    }
    CHECK(phase_ == Phase::Running, "commit {} is durable behind one that is not",
          in_flight_.front().sequence.value);
    const journal::Head head = appended->head;
    InFlight commit = std::move(in_flight_.front());
    in_flight_.pop_front();
    settle(commit, head);
  }
}

void Engine::Core::settle(InFlight& commit, const journal::Head& head) {
  CHECK(head.sequence == commit.sequence && head.position == commit.last_position &&
            head.time == commit.time && head.epoch == epoch_,
        "the journal is at {}/{} where {}/{} was appended", head.sequence.value,
        head.position.value, commit.sequence.value, commit.last_position.value);
  const std::uint64_t events = head.position.value - durable_.position.value;
  durable_ = head;
  if (job_ && job_->mark.sequence == head.sequence) job_->mark.chain = head.chain;
  receipts_->durable(head.sequence);
  states_->durable(head.sequence);
  events_until_sample_ += events;
  sample_fold();
  // Whoever is answered and then asks how far the partition is sees at least its own commit.
  publish_stats();
  for (Waiting& waiting : commit.waiting) waiting.succeed();
}

void Engine::Core::sample_fold() {
  if (options_.verify_events_every == 0) return;
  if (events_until_sample_ < options_.verify_events_every) return;
  Slot* slot = states_->last_settled();
  if (slot == nullptr) return;
  events_until_sample_ = 0;
  states_->check_fold(*slot);
}

}  // namespace remit::engine
