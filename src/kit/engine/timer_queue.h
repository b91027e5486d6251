#pragma once

#include "kit/base/time.h"
#include "kit/base/type_id.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace remit::engine {

/// Which timers wait, by due time: what is kept in memory of each, beside its entity in the cache. One that is due and cannot
/// be read is set aside for a while, so that it holds up no other.
class TimerQueue {
 public:
  struct Item {
    Timestamp due;
    TypeId id;
    auto operator<=>(const Item&) const = default;
  };

  /// When one that was set aside has its next turn, and how long it was set aside for.
  struct Turn {
    Monotonic at;
    Duration delay{};
  };

  void add(const Item& item);
  void remove(const Item& item);
  /// Of one that waits; it may have been set aside before.
  void set_aside(const Item& item, Turn turn);
  /// The earliest, of those that are not set aside.
  std::optional<Item> first() const;
  /// Whose turn comes first, of those that are.
  std::optional<std::pair<Item, Turn>> first_aside() const;
  std::size_t aside() const { return aside_.size(); }
  std::size_t size() const { return items_.size() + aside_.size(); }

 private:
  std::set<Item> items_;
  std::map<Item, Turn> aside_;
  std::set<std::pair<Monotonic, Item>> turns_;  ///< Of those that are set aside.
};

}  // namespace remit::engine
