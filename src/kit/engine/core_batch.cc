#include "kit/base/planted.h"
#include "kit/engine/answer.h"
#include "kit/engine/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remit::engine {
namespace {

/// How many times entities_max may wait for a checkpoint.
constexpr std::size_t kDirtyPerEntityMax = 4;
constexpr int kBehindSlowness = 2;

/// A state that could not be loaded: nothing happened. Damage keeps its name.
Error unreadable(Error error) {
  if (error.code == ErrorCode::Corrupt) return error;
  return std::move(error).wrap(ErrorCode::Unavailable, "state_unreadable",
                               "What the request concerns cannot be read at present; try again.");
}

}  // namespace

/// The wall clock, except behind the last commit: then time goes on at half its speed, so that what is due comes, and the
/// wall, which was set back, catches up.
Timestamp Engine::Core::journal_now() const {
  const Timestamp now = ports_.host.clock().now();
  if (now >= staged_time_) return now;
  const auto elapsed = ports_.host.clock().monotonic() - staged_at_;
  return std::max(now, staged_time_ + std::chrono::floor<Duration>(elapsed / kBehindSlowness));
}

/// Decides what waits into one commit and sends it off. True when more can be done at once.
bool Engine::Core::run_batch() {
  if (in_flight_.size() >= options_.appends_in_flight_max) return false;
  const bool fire = timer_due();
  if ((taken_.empty() || waits_for_checkpoint()) && !fire) return false;

  Batch batch(staged_sequence_.next(), staged_position_.next(), journal_now());
  // Streams are folded as far as they are durable: whatever else of them is ours is in memory, and what lies behind that in
  // the journal is a newer writer's.
  states_->begin_commit(batch.sequence(), durable_.position.next());
  StagedView view(registry_, *states_, batch, options_.timers_max);
  if (fire) fire_due_timers(view, batch);
  for (std::size_t count = 0; count < options_.batch_commands_max && !taken_.empty() &&
                              batch.bytes() < options_.batch_bytes_max && !waits_for_checkpoint();
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
         ((has_work() && !waits_for_checkpoint()) || timer_due());
}

/// States that no checkpoint has must stay in memory.
bool Engine::Core::memory_full() {
  return states_->capture().dirty() >= kDirtyPerEntityMax * options_.entities_max;
}

/// A burst that is faster than the store waits for it, and what was asked behind it too. Only where the store fails is a
/// command refused, since nobody knows when it will be well.
bool Engine::Core::waits_for_checkpoint() {
  if (taken_.empty() || !std::holds_alternative<CommandRequest>(taken_.front())) return false;
  return memory_full() && !stats_.checkpoints_trouble;
}

void Engine::Core::decide(StagedView& view, Batch& batch, CommandRequest& request) {
  const auto answer_now = [&](Result<Answered> answer) {
    batch.add_waiting({std::move(request.done), nullptr, std::move(answer)});
  };
  if (memory_full()) {
    answer_now(fail(ErrorCode::Unavailable, "checkpoint_behind",
                    "Checkpoints cannot be written and memory is full; see the engine's store."));
    return;
  }
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
    if (!planted(Bug::ReceiptDropped)) batch.add_receipt(std::move(receipt));
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
  if (receipt.request != idempotency.request && !planted(Bug::ReceiptOfAnotherRequest)) {
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
    // An id as a client wrote it may be of any kind: refusing it is for the rules.
    if (registry_.find_entity(id.prefix()) == nullptr) continue;
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

}  // namespace remit::engine
