#pragma once

#include "kit/base/host.h"
#include "kit/base/random.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace remit {

/// A clock that stands until it is moved. The wall may jump, as real ones do; the monotonic clock only goes forward.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : wall_(start) {}

  Timestamp now() override;
  Monotonic monotonic() override;
  /// Lets time pass on both clocks. Not below zero.
  void pass(Duration duration);
  /// Moves the wall alone, back as well: what a wrong time server does.
  void jump(Duration by);

 private:
  std::mutex mutex_;
  Timestamp wall_;
  Monotonic monotonic_{};
};

/// A Host on the caller's thread in virtual time: nothing runs unless it is stepped, components that are ready take their
/// turns in an order drawn from the seed, and timers fire only when time is moved. The same seed and the same calls give the
/// same run, so that tests and the simulator can replay a failure. `wake` and timers may be used from other threads, for
/// drivers that own one; everything else belongs to one thread.
class ManualHost final : public Host {
 public:
  /// 2026-01-01T00:00:00Z.
  static constexpr Timestamp kStart{std::chrono::seconds(1'767'225'600)};

  explicit ManualHost(std::uint64_t seed, Timestamp start = kStart);
  ~ManualHost() override;

  void attach(Component& component) override;
  void detach(Component& component) override;
  void wake(Component& component) override;
  Timers& timers() override { return timers_; }
  ManualClock& clock() override { return clock_; }

  /// Gives one ready component its turn. False when none is ready.
  bool step();
  /// Steps until no component is ready. Returns the number of turns; more than `turns_max` is a bug: something spins.
  std::size_t step_until_idle(std::size_t turns_max = 1'000'000);
  /// Lets time pass: fires the timers that fall due, in order, each followed by stepping until idle.
  void advance(Duration duration);
  /// Moves to the next timer and fires it. False when no timer is set.
  bool advance_to_next_timer();
  /// The same without stepping afterwards, for a crash between the timer and what it wakes.
  bool fire_next_timer();
  std::size_t timers_waiting() const { return timers_.size(); }

 private:
  class TimerQueue final : public Timers {
   public:
    explicit TimerQueue(ManualClock& clock) : clock_(clock) {}
    Id after(Duration delay, std::move_only_function<void()> callback) override;
    bool cancel(Id id) override;
    std::size_t size() const;
    /// When the first one is due.
    std::optional<Monotonic> next_due() const;
    /// Runs the first one if it is due by now.
    bool fire_one();

   private:
    struct Due {
      Monotonic time;
      Id id;
      auto operator<=>(const Due&) const = default;
    };
    ManualClock& clock_;
    mutable std::mutex mutex_;
    std::map<Due, std::move_only_function<void()>> waiting_;
    std::map<Id, Monotonic> due_of_;
    Id last_id_ = 0;
  };

  struct Seat {
    Component* component;
    bool ready;
  };
  Seat* seat_of(const Component& component);

  ManualClock clock_;
  TimerQueue timers_{clock_};
  SeededRandom random_;
  mutable std::mutex mutex_;
  std::vector<Seat> seats_;  ///< In the order of attaching.
  std::vector<Component*> woken_before_attach_;
  Component* stepping_ = nullptr;
};

}  // namespace remit
