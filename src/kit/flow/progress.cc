#include "kit/flow/progress.h"

#include <algorithm>
#include <utility>

namespace remit::flow {

void note_trouble(FlowStatus& status, std::string trouble, Timestamp now) {
  status.trouble = std::move(trouble);
  if (status.trouble.empty()) {
    status.standing_since.reset();
  } else if (!status.standing_since) {
    status.standing_since = now;
  }
}

void LagMeter::measure(FlowStatus& status, Source& source, std::optional<Timestamp> oldest,
                       Timestamp now) {
  const std::lock_guard lock(mutex_);
  const Result<Cursor> end = source.end();
  if (end) end_ = *end;
  status.end = end_;
  status.lag_records = end_.value - std::min(end_, status.checkpoint).value;
  const bool caught_up = end && status.lag_records == 0;
  if (caught_up) behind_.reset();
  if (!oldest && !caught_up) oldest = since(status, source, now);
  status.lag = oldest ? now - *oldest : Duration();
}

Timestamp LagMeter::since(const FlowStatus& status, Source& source, Timestamp now) {
  if (status.lag_records > 0) {
    if (const Result<Record> next = source.at(Cursor(status.checkpoint.value + 1))) {
      behind_ = Behind{status.checkpoint, next->time};
    }
  }
  if (!behind_ || behind_->checkpoint != status.checkpoint) {
    behind_ = Behind{status.checkpoint, status.standing_since.value_or(now)};
  }
  return behind_->since;
}

}  // namespace remit::flow
