#include "kit/base/manual_host.h"

#include "kit/base/check.h"

#include <algorithm>

namespace remit {

Timestamp ManualClock::now() {
  const std::lock_guard lock(mutex_);
  return wall_;
}

Monotonic ManualClock::monotonic() {
  const std::lock_guard lock(mutex_);
  return monotonic_;
}

void ManualClock::pass(Duration duration) {
  CHECK(duration >= Duration::zero(), "time cannot pass by {} us", duration.count());
  const std::lock_guard lock(mutex_);
  wall_ += duration;
  monotonic_ += duration;
}

void ManualClock::jump(Duration by) {
  const std::lock_guard lock(mutex_);
  wall_ += by;
}

Timers::Id ManualHost::TimerQueue::after(Duration delay, std::move_only_function<void()> callback) {
  const Monotonic due = clock_.monotonic() + std::max(delay, Duration::zero());
  const std::lock_guard lock(mutex_);
  const Id id = ++last_id_;
  waiting_.emplace(Due{due, id}, std::move(callback));
  due_of_.emplace(id, due);
  return id;
}

bool ManualHost::TimerQueue::cancel(Id id) {
  const std::lock_guard lock(mutex_);
  const auto found = due_of_.find(id);
  if (found == due_of_.end()) return false;
  waiting_.erase(Due{found->second, id});
  due_of_.erase(found);
  return true;
}

std::size_t ManualHost::TimerQueue::size() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::optional<Monotonic> ManualHost::TimerQueue::next_due() const {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first.time;
}

bool ManualHost::TimerQueue::fire_one() {
  std::move_only_function<void()> callback;
  {
    const Monotonic now = clock_.monotonic();
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.begin()->first.time > now) return false;
    auto first = waiting_.extract(waiting_.begin());
    due_of_.erase(first.key().id);
    callback = std::move(first.mapped());
  }
  callback();
  return true;
}

ManualHost::ManualHost(std::uint64_t seed, Timestamp start) : clock_(start), random_(seed) {}

ManualHost::~ManualHost() {
  CHECK(seats_.empty(), "{} components outlive their host, the first is {}", seats_.size(),
        seats_.front().component->name());
}

ManualHost::Seat* ManualHost::seat_of(const Component& component) {
  const auto found = std::ranges::find(seats_, &component, &Seat::component);
  return found == seats_.end() ? nullptr : &*found;
}

void ManualHost::attach(Component& component) {
  const std::lock_guard lock(mutex_);
  CHECK(seat_of(component) == nullptr, "{} is attached twice", component.name());
  const bool woken = std::erase(woken_before_attach_, &component) > 0;
  seats_.push_back({&component, woken});
}

void ManualHost::detach(Component& component) {
  const std::lock_guard lock(mutex_);
  CHECK(stepping_ != &component, "{} detaches itself within its step", component.name());
  std::erase_if(seats_, [&](const Seat& seat) { return seat.component == &component; });
  std::erase(woken_before_attach_, &component);
}

void ManualHost::wake(Component& component) {
  const std::lock_guard lock(mutex_);
  if (Seat* seat = seat_of(component)) {
    seat->ready = true;
  } else if (std::ranges::find(woken_before_attach_, &component) == woken_before_attach_.end()) {
    woken_before_attach_.push_back(&component);
  }
}

bool ManualHost::step() {
  Component* chosen = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto ready = static_cast<std::uint64_t>(
        std::ranges::count_if(seats_, [](const Seat& seat) { return seat.ready; }));
    if (ready == 0) return false;
    std::uint64_t skip = random_.below(ready);
    for (Seat& seat : seats_) {
      if (!seat.ready || skip-- > 0) continue;
      seat.ready = false;
      chosen = seat.component;
      break;
    }
    CHECK(chosen != nullptr && stepping_ == nullptr, "a step within a step");
    stepping_ = chosen;
  }
  const bool more = chosen->step();
  const std::lock_guard lock(mutex_);
  stepping_ = nullptr;
  if (Seat* seat = seat_of(*chosen); seat != nullptr && more) seat->ready = true;
  return true;
}

std::size_t ManualHost::step_until_idle(std::size_t turns_max) {
  std::size_t turns = 0;
  while (step()) {
    ++turns;
    CHECK(turns <= turns_max, "still not idle after {} turns: a component spins", turns);
  }
  return turns;
}

void ManualHost::advance(Duration duration) {
  const Monotonic end = clock_.monotonic() + duration;
  step_until_idle();
  for (auto due = timers_.next_due(); due && *due <= end; due = timers_.next_due()) {
    const Monotonic now = clock_.monotonic();
    if (*due > now) clock_.pass(std::chrono::duration_cast<Duration>(*due - now));
    timers_.fire_one();
    step_until_idle();
  }
  clock_.pass(std::chrono::duration_cast<Duration>(end - clock_.monotonic()));
}

bool ManualHost::advance_to_next_timer() {
  const auto due = timers_.next_due();
  if (!due) return false;
  const Monotonic now = clock_.monotonic();
  advance(*due > now ? std::chrono::duration_cast<Duration>(*due - now) : Duration::zero());
  return true;
}

bool ManualHost::fire_next_timer() {
  const auto due = timers_.next_due();
  if (!due) return false;
  const Monotonic now = clock_.monotonic();
  if (*due > now) clock_.pass(std::chrono::ceil<Duration>(*due - now));
  return timers_.fire_one();
}

}  // namespace remit
