#pragma once

#include "app/prove/tally.h"
#include "kit/base/result.h"

#include <string>

namespace remit::app {

/// A series of scripts under faults of one part.
struct FaultSeriesOptions {
  std::string part = "kills";  ///< kills, errors, pauses, clocks, every-kill or every-error.
  std::string directory = "remit-prove";     ///< For worlds; those that fail stay.
  std::string report = "remit-prove.jsonl";  ///< Gets a line for each script.
  std::size_t payments = 50;                 ///< Of one script.
  std::uint64_t seed = 1;                    ///< Of the first script.
  std::uint64_t faults = 200;                ///< Of random parts: how many in all.
  std::uint64_t faults_per_run = 40;         ///< Of random parts: of one script, at most.
  std::uint64_t stride = 1;  ///< Of parts that take every call: only one in so many.
  std::size_t jobs = 1;      ///< Scripts at once, each with a bank and a server of its own.
  bool resume = false;       ///< Goes on with what the report holds.
};

/// Runs the series to its end; what does not hold is printed and counted. Fails when a world cannot be made or the report
/// not be written, or when a script does not even hold without a fault.
Result<Tally> run_fault_series(const FaultSeriesOptions& options);

}  // namespace remit::app
