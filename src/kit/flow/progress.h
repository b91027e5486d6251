#pragma once

#include "kit/base/time.h"
#include "kit/flow/record.h"

#include <cstdint>
#include <mutex>
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
  std::string trouble;                      ///< Why it stands still, when it does.
  std::optional<Timestamp> standing_since;  ///< When the trouble began.
};

/// Sets the trouble, or that there is none, and keeps since when there is.
void note_trouble(FlowStatus& status, std::string trouble, Timestamp now);

/// Sets what is measured when somebody looks, since a flow that stands still publishes nothing: the end of the source and
/// how far the checkpoint is from it. A source that cannot be read is not caught up with: what was known of it stays, and
/// the lag grows. Thread safe.
class LagMeter {
 public:
  /// `oldest`: the time of the oldest record that is not finished, where the flow knows it.
  void measure(FlowStatus& status, Source& source, std::optional<Timestamp> oldest, Timestamp now);

 private:
  /// What lies behind a checkpoint: its time, or since when it cannot be read.
  struct Behind {
    Cursor checkpoint;
    Timestamp since;
  };
  Timestamp since(const FlowStatus& status, Source& source, Timestamp now);

  std::mutex mutex_;
  Cursor end_;  ///< The last one that could be read.
  std::optional<Behind> behind_;
};

}  // namespace remit::flow
