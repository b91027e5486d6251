#pragma once

#include "kit/base/check.h"

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace remit {

/// A bounded queue from any thread to one component. It never blocks: when it is full the sender
/// hears so before the item is accepted, and answers 503 or waits its turn. Items come out in the
/// order in which they went in.
template <class T>
class Inbox {
 public:
  explicit Inbox(std::size_t items_max) : items_max_(items_max) {
    CHECK(items_max > 0, "an inbox without room");
  }

  /// False when full; the item is then left untouched. The sender wakes the owner itself.
  [[nodiscard]] bool try_push(T&& item) {
    const std::lock_guard lock(mutex_);
    if (items_.size() >= items_max_) return false;
    items_.push_back(std::move(item));
    return true;
  }

  /// For what must not be refused (completions of work that was admitted before, bounded by that
  /// admission).
  void push_always(T&& item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
  }

  /// Moves at most `count_max` items to the end of `out`. Returns how many.
  std::size_t drain(std::vector<T>& out, std::size_t count_max) {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    while (count < count_max && !items_.empty()) {
      out.push_back(std::move(items_.front()));
      items_.pop_front();
      ++count;
    }
    return count;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }
  std::size_t items_max() const { return items_max_; }

 private:
  const std::size_t items_max_;
  mutable std::mutex mutex_;
  std::deque<T> items_;
};

}  // namespace remit
