#pragma once

#include "kit/base/time.h"

#include <cstdint>

namespace remit::flow {

/// At most so many records a second, evenly: a token bucket that holds one second's worth. 0 means no bound.
class Throttle {
 public:
  void set(std::uint32_t records_per_second_max, Monotonic now);
  /// Takes one token if there is one.
  bool take(Monotonic now);
  /// How long until the next token.
  Duration wait(Monotonic now) const;
  std::uint32_t records_per_second_max() const { return rate_; }

 private:
  void refill(Monotonic now);
  std::uint32_t rate_ = 0;
  double tokens_ = 0;
  Monotonic last_{};
};

}  // namespace remit::flow
