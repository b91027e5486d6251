#include "kit/engine/timer_queue.h"

#include "kit/base/check.h"

namespace remit::engine {

void TimerQueue::add(const Item& item) {
  const bool added = items_.insert(item).second;
  CHECK(added, "timer {} waits twice", item.id.to_string());
}

void TimerQueue::remove(const Item& item) {
  const std::size_t removed = items_.erase(item);
  CHECK(removed == 1, "timer {} does not wait", item.id.to_string());
}

std::optional<TimerQueue::Item> TimerQueue::first() const {
  if (items_.empty()) return std::nullopt;
  return *items_.begin();
}

}  // namespace remit::engine
