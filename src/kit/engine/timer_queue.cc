#include "kit/engine/timer_queue.h"

#include "kit/base/check.h"

namespace remit::engine {

void TimerQueue::add(const Item& item) {
  const bool added = items_.insert(item).second;
  CHECK(added, "timer {} waits twice", item.id.to_string());
}

void TimerQueue::remove(const Item& item) {
  if (items_.erase(item) == 1) return;
  const auto found = aside_.find(item);
  CHECK(found != aside_.end(), "timer {} does not wait", item.id.to_string());
  turns_.erase({found->second.at, item});
  aside_.erase(found);
}

void TimerQueue::set_aside(const Item& item, Turn turn) {
  remove(item);
  aside_.emplace(item, turn);
  turns_.emplace(turn.at, item);
}

std::optional<TimerQueue::Item> TimerQueue::first() const {
  if (items_.empty()) return std::nullopt;
  return *items_.begin();
}

std::optional<std::pair<TimerQueue::Item, TimerQueue::Turn>> TimerQueue::first_aside() const {
  if (turns_.empty()) return std::nullopt;
  return *aside_.find(turns_.begin()->second);
}

}  // namespace remit::engine
