#pragma once

#include "kit/journal/invariant.h"

#include <memory>
#include <vector>

namespace remit::engine {

/// A timer that was set fires once, not before it is due, or is cancelled once or set anew.
std::unique_ptr<journal::Invariant> timers_end_once();

/// What every partition is held to, whatever its events mean: those of the journal and of the engine.
std::vector<std::unique_ptr<journal::Invariant>> partition_invariants();

}  // namespace remit::engine
