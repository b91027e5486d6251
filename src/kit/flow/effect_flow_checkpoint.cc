#include "kit/base/planted.h"
#include "kit/flow/effect_flow.h"
#include "kit/flow/limits.h"

#include <algorithm>
#include <utility>

/// How far an effect flow came, and which record it suspects of ending its process.
namespace remit::flow {
namespace {
constexpr Duration kSaveAgainAfter = std::chrono::seconds(1);
}  // namespace

Result<void> EffectFlow::note_start() {
  ++saved_.starts;
  if (saved_.suspect.value != 0) ++saved_.suspect_starts;
  careful_ = saved_.starts > kCrashesMax;
  return ports_.checkpoints.save(options_.name, saved_);
}

void EffectFlow::note_suspect(Cursor read_as) {
  if (saved_.suspect == read_as) return;
  saved_.suspect = read_as;
  saved_.suspect_starts = 0;
  (void)ports_.checkpoints.save(options_.name, saved_);
}

Cursor EffectFlow::reached() const {
  if (unfinished_.empty() || planted(Bug::FlowCheckpointAhead)) return read_cursor_;
  return std::min(read_cursor_, Cursor(unfinished_.begin()->first.value - 1));
}

void EffectFlow::save_checkpoint() {
  const Cursor reached_now = reached();
  const bool idle = unfinished_.empty() && read_ahead_next_ == read_ahead_.size();
  const bool stay_careful =
      careful_ && !idle && reached_now.value - careful_from_.value < kReadRecordsMax;
  if (reached_now <= saved_.cursor) return;
  // Records that did nothing here are soon read again; what was handled is not to be considered anew.
  const bool rests = idle && settled_since_saved_;
  if (!careful_ && !rests && reached_now.value - saved_.cursor.value < kReadRecordsMax) return;
  Checkpoint next = saved_;
  next.cursor = reached_now;
  if (!stay_careful) next.starts = 0;
  if (next.suspect <= reached_now) next.suspect = Cursor();
  if (const Result<void> saved = ports_.checkpoints.save(options_.name, next)) {
    saved_ = next;
    settled_since_saved_ = false;
    careful_ = stay_careful;
    save_trouble_.clear();
  } else {
    wait_to_save(saved.error());
  }
}

/// Each step saves; where nothing else makes it step, this does.
void EffectFlow::wait_to_save(const Error& error) {
  save_trouble_ = error.describe();
  if (std::exchange(waiting_to_save_, true)) return;
  after(kSaveAgainAfter, [this] { waiting_to_save_ = false; });
}

}  // namespace remit::flow
