#pragma once

#include "lab/sim/worker.h"

#include <functional>

namespace remit::lab::sim {

/// Runs a world of some seed with these options.
using RunWorld = std::function<Outcome(const Options& options)>;

/// Smaller options with which the world still fails, in whatever way: first without each class of faults that it does not
/// need, then with fewer turns, then with fewer payments. `failed` is how it failed with `options`.
Options shrink(const Options& options, const Outcome& failed, const RunWorld& run);

}  // namespace remit::lab::sim
