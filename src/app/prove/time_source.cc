#include "app/prove/time_source.h"

namespace remit::app {
namespace {

using lab::faults::Action;

constexpr auto kMoveEvery = std::chrono::milliseconds(400);
constexpr auto kJump = std::chrono::hours(1);
constexpr std::uint64_t kCallsMax = 30;

/// Any kind of call that this process has made.
CallClass drawn_class(const FaultControl& control, SeededRandom& random) {
  const std::vector<CallClass> called = control.called();
  if (called.empty()) return {lab::faults::Place::JournalWal, lab::faults::Call::Write};
  return called[random.below(called.size())];
}

}  // namespace

std::optional<FaultPlan> PauseSource::next(const FaultControl& control, bool) {
  if (left_ == 0) return std::nullopt;
  return plan_at(drawn_class(control, random_), Action::Stop, 1 + random_.below(kCallsMax));
}

std::optional<FaultPlan> ClockSource::next(const FaultControl& control, bool) {
  if (left_ == 0) return std::nullopt;
  return plan_at(drawn_class(control, random_), Action::Kill, kCallsMax + random_.below(kCallsMax));
}

void ClockSource::tick(FaultControl& control) {
  if (left_ == 0) {
    // A bank gives no token to somebody an hour away, and is asked again less and less often: right again while that is seconds.
    return control.right_clock();
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < next_move_) return;
  next_move_ = now + kMoveEvery;
  switch (random_.below(5)) {
    case 0:
      if (forward_left_ == 0) return;
      --forward_left_;
      return control.move_clock(kJump);
    case 1:
      return control.move_clock(-kJump);
    case 2:
      return control.set_clock_rate(2000);
    case 3:
      return control.set_clock_rate(1000);
    default:
      return control.move_clock(Duration::zero());
  }
}

}  // namespace remit::app
