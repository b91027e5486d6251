#pragma once

#include "kit/base/time.h"
#include "kit/base/type_id.h"

#include <optional>
#include <set>

namespace remit::engine {

/// Which timers wait, by due time: what is kept in memory of each, beside its entity in the cache.
class TimerQueue {
 public:
  struct Item {
    Timestamp due;
    TypeId id;
    auto operator<=>(const Item&) const = default;
  };

  void add(const Item& item);
  void remove(const Item& item);
  std::optional<Item> first() const;
  std::size_t size() const { return items_.size(); }

 private:
  std::set<Item> items_;
};

}  // namespace remit::engine
