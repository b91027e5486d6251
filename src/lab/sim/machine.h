#pragma once

#include "kit/base/host.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace remit::lab::sim {

/// The machine on which one process runs, in virtual time: while it stands still its components take no turn and its timers
/// wait, and it knows nothing of that afterwards; its wall clock may be wrong. What still waits when it is destroyed is
/// forgotten, as by a process that dies.
class Machine final : public Host {
 public:
  /// The world's host outlives it.
  explicit Machine(Host& world);
  ~Machine() override;

  void attach(Component& component) override;
  void detach(Component& component) override;
  void wake(Component& component) override;
  Timers& timers() override;
  Clock& clock() override;

  /// Stands still from now on. Not from within a step of its own.
  void pause();
  /// Goes on: whatever fell due meanwhile falls due now, in its order.
  void resume();
  bool paused() const { return paused_; }
  /// How far its wall clock is ahead of the world's; below zero: behind.
  void set_wall_offset(Duration offset);

 private:
  class WrongClock;
  class WaitingTimers;

  Host& world_;
  std::unique_ptr<WrongClock> clock_;
  std::unique_ptr<WaitingTimers> timers_;
  std::vector<Component*> attached_;  ///< In their order.
  bool paused_ = false;
};

}  // namespace remit::lab::sim
