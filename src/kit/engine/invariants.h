#pragma once

#include "kit/journal/invariant.h"

#include <memory>

namespace remit::engine {

/// A timer that was set fires once, not before it is due, or is cancelled once or set anew.
std::unique_ptr<journal::Invariant> timers_end_once();

}  // namespace remit::engine
