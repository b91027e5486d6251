#pragma once

#include "kit/base/hash.h"
#include "kit/base/time.h"

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace remit::lab::sim {

struct Options {
  std::size_t payments_max = 15;  ///< Requests for payments in one world.
  std::size_t turns_max = 600;    ///< Of the safety phase.
  bool with_faults = true;
};

/// What became of one simulated world.
struct Report {
  std::uint64_t seed = 0;
  std::vector<std::string> violations;  ///< Empty when all invariants held.
  Duration simulated{};
  std::uint64_t crashes = 0;
  std::uint64_t splits = 0;
  std::uint64_t executed = 0;                                ///< Orders, by the bank's books.
  std::map<std::string, std::uint64_t, std::less<>> events;  ///< Seen, by type.
  Hash256 trace{};  ///< The journal's chain at the end: equal for equal seeds.
};

/// Runs the world of that seed: a safety phase in which everything may fail and nothing may be lost or doubled, then a
/// liveness phase in which all heals and everything must come to its end. Virtual time, one thread, no trace outside.
Report run(std::uint64_t seed, const Options& options = {});

/// Runs `count` worlds from seed `first` on. Writes one line per violation with the command that replays it, and a summary
/// at the end; a seed in which a CHECK aborts is named too. Returns the number of seeds with violations.
int run_seeds(std::uint64_t first, std::uint64_t count, const Options& options, std::FILE* out);

}  // namespace remit::lab::sim
