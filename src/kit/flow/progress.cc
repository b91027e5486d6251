#include "kit/flow/progress.h"

#include <algorithm>

namespace remit::flow {

void measure_lag(FlowStatus& status, Source& source, std::optional<Timestamp> oldest,
                 Timestamp now) {
  if (const Result<Cursor> end = source.end()) status.end = *end;
  status.lag_records = status.end.value - std::min(status.end, status.checkpoint).value;
  if (!oldest && status.lag_records > 0) {
    if (const Result<Record> next = source.at(Cursor(status.checkpoint.value + 1))) {
      oldest = next->time;
    }
  }
  status.lag = oldest ? now - *oldest : Duration();
}

}  // namespace remit::flow
