#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remit {

/// A moment in UTC with microseconds: what events record and APIs show (RFC 3339). No correctness
/// rests on comparing moments of two machines.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
/// Time that only goes forward, for delays and deadlines within one process.
using Monotonic = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using Duration = std::chrono::microseconds;

/// "2026-08-20T09:30:00.123456Z"; the fraction is left out when it is zero.
std::string to_rfc3339(Timestamp time);
/// Accepts any offset and up to nine digits of fraction (cut to microseconds).
std::optional<Timestamp> from_rfc3339(std::string_view text);

/// The port to clocks. The system's is touched only by SystemClock; the simulator has its own.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() = 0;
  virtual Monotonic monotonic() = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() override;
  Monotonic monotonic() override;
};

}  // namespace remit
