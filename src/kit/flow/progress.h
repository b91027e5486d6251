#pragma once

#include "kit/base/time.h"
#include "kit/flow/record.h"

#include <cstdint>
#include <optional>
#include <string>

namespace remit::flow {

/// What a flow shows of itself: `remit flows list`, metrics.
struct FlowStatus {
  std::string name;
  bool derived = false;
  bool paused = false;
  std::uint32_t records_per_second_max = 0;
  Cursor checkpoint;
  Cursor end;
  std::uint64_t lag_records = 0;
  Duration lag{};  ///< Age of the oldest record that is not finished; zero when it is caught up.
  std::uint64_t in_flight = 0;
  std::uint64_t keys_in_trouble = 0;
  std::uint64_t records_finished = 0;
  std::uint64_t retries = 0;
  std::uint64_t dead_letters = 0;
  std::string trouble;  ///< Why it stands still, when it does.
};

/// Sets what is measured when somebody looks, since a flow that stands still publishes nothing: the end of the source and
/// how far the checkpoint is from it. `oldest`: the time of the oldest record that is not finished, where the flow knows it.
void measure_lag(FlowStatus& status, Source& source, std::optional<Timestamp> oldest,
                 Timestamp now);

}  // namespace remit::flow
