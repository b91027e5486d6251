#include "kit/engine/answer.h"
#include "kit/engine/core.h"
#include "kit/engine/timer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remit::engine {
namespace {

constexpr Duration kTimersAgainAfter = std::chrono::seconds(1);

/// A state that could not be loaded: nothing happened. Damage keeps its name.
Error unreadable(Error error) {
  if (error.code == ErrorCode::Corrupt) return error;
  return std::move(error).wrap(ErrorCode::Unavailable, "state_unreadable",
                               "What the request concerns cannot be read at present; try again.");
}

}  // namespace

Timestamp Engine::Core::journal_now() const {
  return std::max(ports_.host.clock().now(), staged_time_);
}

/// Decides what waits into one commit and sends it off. True when more can be done at once.
bool Engine::Core::run_batch() {
  if (in_flight_.size() >= options_.appends_in_flight_max) return false;
  const Timestamp now = journal_now();
  const auto timer = states_->timers().first();
  const bool timer_due = timer && timer->due <= now && !timers_wait();
  if (taken_.empty() && !timer_due) return false;

  Batch batch(staged_sequence_.next(), staged_position_.next(), now);
  states_->begin_commit(batch.sequence());
  StagedView view(registry_, *states_, batch, options_.timers_max);
  if (timer_due) fire_due_timers(view, batch);
  for (std::size_t count = 0; count < options_.batch_commands_max && !taken_.empty() &&
                              batch.bytes() < options_.batch_bytes_max;
       ++count) {
    Request request = std::move(taken_.front());
    taken_.pop_front();
    if (auto* command = std::get_if<CommandRequest>(&request)) {
      decide(view, batch, *command);
    } else if (auto* query = std::get_if<QueryRequest>(&request)) {
      look(batch, *query);
    } else {
      checkpoint_waiting_.push_back(std::move(std::get<CheckpointRequest>(request).done));
    }
  }
  close_batch(batch);
  return phase_ == Phase::Running && in_flight_.size() < options_.appends_in_flight_max &&
         has_work();
}

void Engine::Core::fire_due_timers(StagedView& view, Batch& batch) {
  for (std::size_t count = 0;
       count < options_.batch_commands_max && batch.bytes() < options_.batch_bytes_max; ++count) {
    const auto first = states_->timers().first();
    if (!first || first->due > batch.time()) return;
    if (!fire_timer(view, *first)) {
      timers_again_at_ = ports_.host.clock().monotonic() + kTimersAgainAfter;
      return;
    }
  }
}

/// What is due could not be read a moment ago.
bool Engine::Core::timers_wait() const {
  return timers_again_at_ && ports_.host.clock().monotonic() < *timers_again_at_;
}

/// False when it could not be decided because something could not be read; it stays due.
bool Engine::Core::fire_timer(StagedView& view, const TimerQueue::Item& due) {
  const auto slot = states_->load(due.id);
  if (!slot) return false;
  const Timer timer = *static_cast<const Timer*>((*slot)->state.get());
  CHECK(timer.due == due.due, "timer {} waits for another moment", due.id.to_string());
  const CommandContext context{timer.command_id, timer.correlation, timer.client, {}, {}};
  const CommandKind* kind = registry_.find_command(timer.command);
  view.begin(context);
  auto outcome = states_->guarded([&]() -> Result<void> {
    view.emit(due.id, TimerFired{timer.owner, timer.label, {}});
    if (kind == nullptr) {
      return fail(ErrorCode::Internal, "unknown_command", "No such command.");
    }
    const auto command = TRY(kind->decode(timer.payload));
    if (auto decided = kind->decide(view, command.get()); !decided) {
      return std::unexpected(std::move(decided).error());
    }
    if (view.beyond_bound()) return std::unexpected(*view.beyond_bound());
    return {};
  });
  if (outcome) {
    view.keep();
    ++stats_.timers_fired;
    return true;
  }
  view.undo();
  if (states_->load_failed()) return false;
  // Journalled as fired all the same: what is refused now would be refused for ever.
  view.begin(context);
  view.emit(due.id, TimerFired{timer.owner, timer.label, outcome.error().reason});
  view.keep();
  ++stats_.timers_fired;
  ++stats_.commands_refused;
  return true;
}

void Engine::Core::decide(StagedView& view, Batch& batch, CommandRequest& request) {
  const auto answer_now = [&](Result<Answered> answer) {
    batch.add_waiting({std::move(request.done), nullptr, std::move(answer)});
  };
  if (request.context.idempotency && answer_from_receipt(batch, request)) return;
  if (auto loaded = preload(request); !loaded) {
    answer_now(std::unexpected(std::move(loaded).error()));
    return;
  }
  view.begin(request.context);
  Result<Bytes> answer = stage(view, *request.kind, request.command.get());
  const Position position = batch.last_position();
  ++stats_.commands_decided;
  if (!answer) ++stats_.commands_refused;
  if (request.context.idempotency && (answer || is_business_refusal(answer.error().code))) {
    const Idempotency& idempotency = *request.context.idempotency;
    journal::Receipt receipt{request.context.client, idempotency.key, idempotency.request,
                             encode_answer(answer),  batch.time(),    position};
    receipts_->add(batch.sequence(), receipt);
    batch.add_receipt(std::move(receipt));
  }
  if (answer) {
    answer_now(Answered{*std::move(answer), position, false});
  } else {
    answer_now(std::unexpected(std::move(answer).error()));
  }
}

/// Decides within the command that the view has begun, and ends it: kept, or undone.
Result<Bytes> Engine::Core::stage(StagedView& view, const CommandKind& kind, const void* command) {
  auto answer = states_->guarded([&] { return kind.decide(view, command); });
  if (states_->load_failed()) answer = std::unexpected(unreadable(std::move(answer).error()));
  if (answer && view.beyond_bound()) answer = std::unexpected(*view.beyond_bound());
  if (answer) {
    view.keep();
  } else {
    view.undo();
  }
  return answer;
}

bool Engine::Core::answer_from_receipt(Batch& batch, CommandRequest& request) {
  const Idempotency& idempotency = *request.context.idempotency;
  const auto answer_now = [&](Result<Answered> answer) {
    batch.add_waiting({std::move(request.done), nullptr, std::move(answer)});
    return true;
  };
  auto found = receipts_->find(request.context.client, idempotency.key, batch.time());
  if (!found) {
    return answer_now(std::unexpected(std::move(found).error().wrap(
        ErrorCode::Unavailable, "receipts_unreadable",
        "Whether this key was used before cannot be read at present; retry with the same key.")));
  }
  if (!*found) return false;
  const journal::Receipt& receipt = **found;
  if (receipt.request != idempotency.request) {
    return answer_now(fail(ErrorCode::Conflict, "idempotency_key_reused",
                           "This Idempotency-Key was used for another request; use a new one."));
  }
  ++stats_.receipts_hit;
  auto stored = decode_answer(receipt.answer);
  if (!stored) return answer_now(std::unexpected(std::move(stored).error()));
  if (!*stored) return answer_now(std::unexpected(std::move(*stored).error()));
  return answer_now(Answered{**std::move(stored), receipt.position, true});
}

Result<void> Engine::Core::preload(const CommandRequest& request) {
  Touches touches;
  request.kind->touches(request.command.get(), touches);
  for (const TypeId& id : touches.ids()) {
    if (auto slot = states_->load(id); !slot) {
      return std::unexpected(unreadable(std::move(slot).error()));
    }
  }
  return {};
}

void Engine::Core::look(Batch& batch, QueryRequest& request) {
  auto looked = states_->guarded([&]() -> Result<void> {
    ReadView view(*states_, batch.last_position());
    request.look(view);
    return {};
  });
  if (!looked) {
    request.done(std::unexpected(unreadable(std::move(looked).error())));
    return;
  }
  batch.add_waiting({nullptr, std::move(request.done), Answered{{}, batch.last_position(), false}});
}

void Engine::Core::close_batch(Batch& batch) {
  std::vector<Waiting> waiting = batch.take_waiting();
  if (batch.empty()) {
    states_->abandon_commit();
    if (in_flight_.empty()) {
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
  stats_.events += batch.events();
  events_since_checkpoint_ += batch.events();
  ++stats_.commits;
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
    InFlight commit = std::move(in_flight_.front());
    in_flight_.pop_front();
    settle(commit, appended->head);
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
