#pragma once

#include "app/prove/fault_run.h"
#include "kit/base/random.h"

namespace remit::app {

/// Stops the process at random calls, as a debugger, a suspended machine or a starved one does, and lets it go on.
class PauseSource final : public FaultSource {
 public:
  PauseSource(std::uint64_t seed, std::uint64_t pauses_max) : random_(seed), left_(pauses_max) {}
  void allow(std::uint64_t pauses) { left_ = pauses; }
  std::optional<FaultPlan> next(const FaultControl& control, bool new_life) override;
  void happened(const FaultHappened&) override { left_ -= left_ > 0 ? 1 : 0; }

 private:
  SeededRandom random_;
  std::uint64_t left_;
};

/// Moves the wall clock of the process by an hour, forward and back, has it run twice as fast, and kills the process now and
/// then, so that it also starts with a wrong clock. Behind the last kill the clock is right. Forward seldom: whatever is asked
/// for again less and less often has spent its early questions within a second, and the next may be an hour away.
class ClockSource final : public FaultSource {
 public:
  ClockSource(std::uint64_t seed, std::uint64_t kills_max) : random_(seed), left_(kills_max) {}
  void allow(std::uint64_t kills) {
    left_ = kills;
    forward_left_ = 2;
  }
  std::optional<FaultPlan> next(const FaultControl& control, bool new_life) override;
  void happened(const FaultHappened&) override { left_ -= left_ > 0 ? 1 : 0; }
  void tick(FaultControl& control) override;
  bool forgives_shop() const override { return true; }
  /// What a bank is asked less and less often, at half speed behind a clock that was set back.
  Duration patience() const override { return std::chrono::minutes(15); }

 private:
  SeededRandom random_;
  std::uint64_t left_;
  std::uint64_t forward_left_ = 2;
  std::chrono::steady_clock::time_point next_move_;
};

}  // namespace remit::app
