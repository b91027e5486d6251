#include "kit/base/component_group.h"

#include "kit/base/check.h"

#include <algorithm>

namespace remit {

ComponentGroup::ComponentGroup(std::string name, Host& host) : name_(std::move(name)), host_(host) {
  host_.attach(*this);
}

ComponentGroup::~ComponentGroup() {
  host_.detach(*this);
  CHECK(seats_.empty(), "{} components are still in {}", seats_.size(), name_);
}

ComponentGroup::Seat* ComponentGroup::seat_of(const Component& component) {
  const auto found = std::ranges::find(seats_, &component, &Seat::component);
  return found == seats_.end() ? nullptr : &*found;
}

void ComponentGroup::attach(Component& component) {
  {
    const std::lock_guard lock(mutex_);
    CHECK(seat_of(component) == nullptr, "{} attached twice", component.name());
    // A wake before attach may have been missed; one step too many does no harm.
    seats_.push_back({&component, true});
  }
  host_.wake(*this);
}

void ComponentGroup::detach(Component& component) {
  std::unique_lock lock(mutex_);
  const auto removed =
      std::erase_if(seats_, [&](const Seat& seat) { return seat.component == &component; });
  CHECK(removed == 1, "{} is not attached", component.name());
  if (stepping_ != &component) return;
  CHECK(thread_ != std::this_thread::get_id(), "{} detaches itself", component.name());
  stepped_.wait(lock, [&] { return stepping_ != &component; });
}

void ComponentGroup::wake(Component& component) {
  {
    const std::lock_guard lock(mutex_);
    Seat* seat = seat_of(component);
    if (seat == nullptr) return;
    seat->ready = true;
  }
  host_.wake(*this);
}

bool ComponentGroup::step() {
  std::unique_lock lock(mutex_);
  std::vector<Component*> turns;
  for (Seat& seat : seats_) {
    if (std::exchange(seat.ready, false)) turns.push_back(seat.component);
  }
  thread_ = std::this_thread::get_id();
  for (Component* component : turns) {
    // An earlier turn may have taken it out.
    if (seat_of(*component) == nullptr) continue;
    stepping_ = component;
    lock.unlock();
    const bool more = component->step();
    lock.lock();
    stepping_ = nullptr;
    stepped_.notify_all();
    if (Seat* seat = seat_of(*component); seat != nullptr && more) seat->ready = true;
  }
  return std::ranges::any_of(seats_, &Seat::ready);
}

}  // namespace remit
