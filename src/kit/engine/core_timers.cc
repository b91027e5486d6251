#include "kit/base/planted.h"
#include "kit/engine/core.h"
#include "kit/engine/timer.h"

#include <algorithm>
#include <utility>

/// The timers that are due: they fire within the batch that is being decided.
namespace remit::engine {
namespace {

/// How long one that cannot be read is set aside: at first, and at most.
constexpr Duration kAsideFirst = std::chrono::seconds(1);
constexpr Duration kAsideMax = std::chrono::seconds(10);
/// After so many in a row that cannot be read it is not they that are damaged: all wait a while.
constexpr std::size_t kUnreadableInRowMax = 16;
constexpr Duration kTimersAgainAfter = std::chrono::seconds(1);
/// The wall clock may jump, so a wait for a timer that is far away looks again now and then.
constexpr Duration kTimerLookMax = std::chrono::seconds(60);

}  // namespace

bool Engine::Core::timer_due() {
  return next_timer(journal_now()) && !timers_wait() && !memory_full();
}

/// Those that were set aside come last, or they would take the turns of the others.
std::optional<Engine::Core::DueTimer> Engine::Core::next_timer(Timestamp now) const {
  const TimerQueue& timers = states_->timers();
  if (const auto first = timers.first(); first && first->due <= now) return DueTimer{*first, {}};
  const auto aside = timers.first_aside();
  if (!aside || aside->second.at > ports_.host.clock().monotonic()) return std::nullopt;
  return DueTimer{aside->first, aside->second.delay};
}

void Engine::Core::fire_due_timers(StagedView& view, Batch& batch) {
  std::size_t unreadable_in_row = 0;
  for (std::size_t count = 0;
       count < options_.batch_commands_max && batch.bytes() < options_.batch_bytes_max; ++count) {
    const auto next = next_timer(batch.time());
    if (!next) return;
    auto fired = fire_timer(view, next->item);
    if (fired) {
      unreadable_in_row = 0;
      continue;
    }
    set_aside(*next, std::move(fired).error());
    if (++unreadable_in_row == kUnreadableInRowMax) {
      timers_again_at_ = ports_.host.clock().monotonic() + kTimersAgainAfter;
      return;
    }
  }
}

void Engine::Core::set_aside(const DueTimer& timer, Error error) {
  const Duration delay = std::clamp(timer.was_aside * 2, kAsideFirst, kAsideMax);
  states_->timers().set_aside(timer.item, {ports_.host.clock().monotonic() + delay, delay});
  ++stats_.timer_failures;
  put_off(PutOff::Timers, std::move(error));
}

/// None of them is set aside any more, and none may have to be.
void Engine::Core::note_timers() {
  if (!stats_.timers_trouble || states_->timers().aside() > 0) return;
  const auto first = states_->timers().first();
  if (first && first->due <= journal_now()) return;
  caught_up(PutOff::Timers);
}

/// So many in a row could not be read a moment ago.
bool Engine::Core::timers_wait() const {
  return timers_again_at_ && ports_.host.clock().monotonic() < *timers_again_at_;
}

void Engine::Core::wake_for_timers() {
  // When no append may be added, the end of one wakes the engine.
  if (in_flight_.size() >= options_.appends_in_flight_max) return;
  const Monotonic now = ports_.host.clock().monotonic();
  const auto first = states_->timers().first();
  const auto aside = states_->timers().first_aside();
  if (!first && !aside) return;
  Duration wait = kTimerLookMax;
  if (first) wait = std::min(wait, first->due - journal_now());
  if (aside) wait = std::min(wait, std::chrono::ceil<Duration>(aside->second.at - now));
  if (memory_full()) wait = kTimerLookMax;
  if (timers_wait()) wait = std::max(wait, std::chrono::ceil<Duration>(*timers_again_at_ - now));
  wake_after(std::clamp(wait, Duration::zero(), kTimerLookMax));
}

/// Fails when it could not be decided because something could not be read; it stays due.
Result<void> Engine::Core::fire_timer(StagedView& view, const TimerQueue::Item& due) {
  const Slot* slot = TRY(states_->load(due.id));
  const Timer timer = *static_cast<const Timer*>(slot->state.get());
  CHECK(timer.due == due.due, "timer {} waits for another moment", due.id.to_string());
  const CommandContext context{.command = timer.command_id,
                               .correlation = timer.correlation,
                               .client = timer.client,
                               .actor = "timer"};
  const CommandKind* kind = registry_.find_command(timer.command);
  view.begin(context);
  auto outcome = states_->guarded([&]() -> Result<void> {
    view.emit(due.id, TimerFired{timer.owner, timer.label, {}});
    if (planted(Bug::TimerFiredInVain)) return {};
    if (planted(Bug::TimerFiredTwice)) view.emit(due.id, TimerFired{timer.owner, timer.label, {}});
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
    return {};
  }
  view.undo();
  if (states_->load_failed()) return outcome;
  // Journalled as fired all the same: what is refused now would be refused for ever.
  view.begin(context);
  view.emit(due.id, TimerFired{timer.owner, timer.label, outcome.error().reason});
  view.keep();
  ++stats_.timers_fired;
  ++stats_.commands_refused;
  return {};
}

}  // namespace remit::engine
