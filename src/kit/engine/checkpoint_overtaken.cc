#include "kit/engine/checkpoint_overtaken.h"

#include <fmt/format.h>

namespace remit::engine {

std::unexpected<Error> checkpoint_overtaken(const CheckpointMark& mark, journal::Sequence stored) {
  return fail(ErrorCode::Fenced, "partition_fenced",
              fmt::format("The checkpoint is at commit {}, beyond {}: a newer writer made it.",
                          stored.value, mark.sequence.value));
}

}  // namespace remit::engine
