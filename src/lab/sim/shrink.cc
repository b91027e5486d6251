#include "lab/sim/shrink.h"

#include <algorithm>

namespace remit::lab::sim {
namespace {

bool fails(const Options& options, const RunWorld& run) {
  return !run(options).violations.empty();
}

/// The smallest that still fails, of those that halving finds.
void halve(Options& options, std::size_t Options::* bound, const RunWorld& run) {
  std::size_t enough = options.*bound;  // It fails with so many,
  std::size_t too_few = 0;              // and perhaps not with so few.
  while (enough - too_few > 1) {
    Options smaller = options;
    smaller.*bound = too_few + (enough - too_few) / 2;
    if (fails(smaller, run)) {
      enough = smaller.*bound;
    } else {
      too_few = smaller.*bound;
    }
  }
  options.*bound = enough;
}

}  // namespace

Options shrink(const Options& options, const Outcome& failed, const RunWorld& run) {
  Options least = options;
  for (std::size_t i = 0; i < kFaultClasses; ++i) {
    if (least.without.test(i)) continue;
    Options fewer = least;
    fewer.without.set(i);
    if (fails(fewer, run)) least = fewer;
  }
  // Where the safety phase ended early, nothing behind that turn matters.
  Options shorter = least;
  shorter.turns_max = std::min(least.turns_max, failed.turns + 1);
  if (failed.turns > 0 && fails(shorter, run)) least = shorter;
  halve(least, &Options::turns_max, run);
  halve(least, &Options::payments_max, run);
  return least;
}

}  // namespace remit::lab::sim
