#pragma once

#include "kit/engine/checkpoint_store.h"

namespace remit::engine {

/// The failure of a save behind the stored mark: its writer was overtaken, and does not know it yet.
std::unexpected<Error> checkpoint_overtaken(const CheckpointMark& mark, journal::Sequence stored);

}  // namespace remit::engine
