#pragma once

#include "kit/base/result.h"
#include "lab/sim/worker.h"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace remit::lab::sim {

/// Which worlds are run, and how.
struct SwarmOptions {
  std::uint64_t first = 1;
  std::uint64_t count = 1;          ///< Seeds from `first` on; with `seconds`, as many as fit.
  std::optional<Duration> seconds;  ///< Begins no world after so long.
  std::size_t jobs = 1;             ///< Processes at once.
  Options world;
  bool twice = false;             ///< Each world two times: both must have the same trace.
  bool every_rare_state = false;  ///< All of them together must reach each rare state.
  bool shrinks = true;            ///< Failures are made smaller.
  bool json = false;              ///< The summary as one JSON object.
};

/// Runs worlds. Writes a line for each violation with the command that replays it and the smallest one that still fails, then
/// a summary with the table of rare states and the seed to go on with. Progress goes to standard error where that is a
/// terminal. Returns the number of failures: worlds, and rare states that were asked for and not reached.
int run_swarm(const SwarmOptions& options, std::FILE* out);

/// A world that failed once, kept for ever.
struct KeptWorld {
  std::uint64_t seed = 0;
  Options world;
  std::string found;  ///< What it found.
};
/// One a line: the options of the command that replays it, then # and what it found. Fails with InvalidArgument
/// `kept_seeds_invalid`, and as reading files does.
Result<std::vector<KeptWorld>> read_kept_worlds(const std::string& file);
/// Runs them all; a line for each violation. Returns the number of failures.
int run_kept(const std::vector<KeptWorld>& worlds, std::FILE* out);

/// "crash,split" as a mask. Fails with InvalidArgument `fault_class_unknown`.
Result<FaultMask> parse_fault_mask(std::string_view names);

}  // namespace remit::lab::sim
