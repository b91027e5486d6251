#pragma once

#include <cstdint>
#include <cstdlib>

namespace remit {

/// How many seeds a property is tried on: `usual`, or so many in a hundred of them as REMIT_SEEDS_PERCENT says, for whoever runs
/// them much slower, as tools/run_sanitizers does. One at least.
inline std::uint64_t seeds_to_try(std::uint64_t usual) {
  const char* percent = std::getenv("REMIT_SEEDS_PERCENT");
  if (percent == nullptr) return usual;
  const std::uint64_t asked_for = usual * std::strtoull(percent, nullptr, 10) / 100;
  return asked_for == 0 ? 1 : asked_for;
}

}  // namespace remit
