#include "lab/sim/machine.h"

#include "kit/base/check.h"

#include <algorithm>
#include <utility>

namespace remit::lab::sim {

class Machine::WrongClock final : public Clock {
 public:
  explicit WrongClock(Clock& world) : world_(world) {}
  Timestamp now() override { return world_.now() + offset; }
  Monotonic monotonic() override { return world_.monotonic(); }

  Duration offset{};

 private:
  Clock& world_;
};

/// Timers of the world whose callbacks wait while the machine stands still, and go with it.
class Machine::WaitingTimers final : public Timers {
 public:
  explicit WaitingTimers(Timers& world) : world_(world), state_(std::make_shared<State>()) {}
  ~WaitingTimers() override {
    // A callback that goes may take others along.
    for (auto& [id, timer] : std::exchange(state_->waiting, {})) world_.cancel(timer.of_world);
  }

  Id after(Duration delay, std::move_only_function<void()> callback) override {
    const Id id = ++state_->last_id;
    const Id of_world = world_.after(delay, [weak = std::weak_ptr(state_), id] {
      if (const std::shared_ptr<State> state = weak.lock()) state->fall_due(id);
    });
    state_->waiting.emplace(id, Timer{of_world, std::move(callback)});
    return id;
  }

  bool cancel(Id id) override {
    const auto found = state_->waiting.find(id);
    if (found == state_->waiting.end()) return false;
    world_.cancel(found->second.of_world);
    std::erase(state_->due, id);
    state_->waiting.erase(found);
    return true;
  }

  void pause() { state_->paused = true; }
  void resume() {
    state_->paused = false;
    for (const Id id : std::exchange(state_->due, {})) {
      state_->waiting.at(id).of_world =
          world_.after(Duration{0}, [weak = std::weak_ptr(state_), id] {
            if (const std::shared_ptr<State> state = weak.lock()) state->fall_due(id);
          });
    }
  }

 private:
  struct Timer {
    Id of_world = 0;
    std::move_only_function<void()> callback;
  };
  struct State {
    void fall_due(Id id) {
      if (paused) return due.push_back(id);
      auto timer = waiting.extract(id);
      if (!timer.empty()) timer.mapped().callback();
    }

    std::map<Id, Timer> waiting;
    std::vector<Id> due;
    Id last_id = 0;
    bool paused = false;
  };

  Timers& world_;
  std::shared_ptr<State> state_;
};

Machine::Machine(Host& world)
    : world_(world),
      clock_(std::make_unique<WrongClock>(world.clock())),
      timers_(std::make_unique<WaitingTimers>(world.timers())) {}

Machine::~Machine() {
  CHECK(attached_.empty(), "{} components outlive their machine, the first is {}", attached_.size(),
        attached_.front()->name());
}

void Machine::attach(Component& component) {
  attached_.push_back(&component);
  if (!paused_) world_.attach(component);
}

void Machine::detach(Component& component) {
  std::erase(attached_, &component);
  // Also one that was only woken.
  world_.detach(component);
}

void Machine::wake(Component& component) {
  // Whoever stands still is woken when it goes on.
  if (!paused_) world_.wake(component);
}

Timers& Machine::timers() {
  return *timers_;
}

Clock& Machine::clock() {
  return *clock_;
}

void Machine::pause() {
  if (std::exchange(paused_, true)) return;
  for (Component* component : attached_) world_.detach(*component);
  timers_->pause();
}

void Machine::resume() {
  if (!std::exchange(paused_, false)) return;
  for (Component* component : attached_) {
    world_.attach(*component);
    world_.wake(*component);
  }
  timers_->resume();
}

void Machine::set_wall_offset(Duration offset) {
  clock_->offset = offset;
}

}  // namespace remit::lab::sim
