#include "kit/flow/throttle.h"

#include <algorithm>

namespace remit::flow {

void Throttle::set(std::uint32_t records_per_second_max, Monotonic now) {
  if (rate_ == records_per_second_max) return;
  rate_ = records_per_second_max;
  tokens_ = std::min(tokens_, static_cast<double>(rate_));
  if (tokens_ < 1) tokens_ = 1;
  last_ = now;
}

bool Throttle::take(Monotonic now) {
  if (rate_ == 0) return true;
  refill(now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

Duration Throttle::wait(Monotonic now) const {
  if (rate_ == 0) return Duration{0};
  const double elapsed = std::chrono::duration<double>(now - last_).count();
  const double missing = 1 - (tokens_ + elapsed * rate_);
  if (missing <= 0) return Duration{0};
  return std::chrono::ceil<Duration>(std::chrono::duration<double>(missing / rate_));
}

void Throttle::refill(Monotonic now) {
  const double elapsed = std::chrono::duration<double>(now - last_).count();
  tokens_ = std::min(static_cast<double>(rate_), tokens_ + elapsed * rate_);
  last_ = now;
}

}  // namespace remit::flow
