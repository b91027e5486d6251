#include "kit/flow/effect_flow.h"
#include "kit/flow/limits.h"

#include <algorithm>

/// What an effect flow reads, and where each record goes: to the effect, behind another of its key, or aside.
namespace remit::flow {
namespace {
/// Between two reads of a source that fails: an outage shall not outlast itself by much.
constexpr Duration kReadDelayMax = std::chrono::seconds(10);
}  // namespace

/// However often it is woken meanwhile, it reads again once.
void EffectFlow::wait_to_read(const Error& error) {
  read_trouble_ = error.describe();
  waiting_to_read_ = true;
  after(read_delay_, [this] { waiting_to_read_ = false; });
  read_delay_ = std::min({read_delay_ * 2, kReadDelayMax, options_.retry_delay_max});
}

void EffectFlow::note_read() {
  read_trouble_.clear();
  read_delay_ = options_.retry_delay_min;
}

bool EffectFlow::read_more() {
  if (waiting_to_read_) return false;
  if (read_ahead_next_ == read_ahead_.size()) {
    Result<Batch> batch = ports_.source.read_wanted(
        read_cursor_, {.events_max = kReadRecordsMax}, [this](std::string_view type) {
          return type.starts_with("flow.") || ports_.effect.wants(type);
        });
    if (!batch) {
      wait_to_read(batch.error());
      return false;
    }
    note_read();
    read_ahead_ = std::move(batch->records);
    read_ahead_next_ = 0;
    if (batch->through.value == 0) return false;
    read_ahead_through_ = batch->through;
    read_ahead_more_ = batch->more;
  }
  while (read_ahead_next_ < read_ahead_.size()) {
    if (paused_ || full()) return false;
    Record& record = read_ahead_[read_ahead_next_];
    const Monotonic now = ports_.host.clock().monotonic();
    const bool costs = ports_.effect.wants(record.type);
    if (costs && lanes_.in_trouble() >= options_.keys_in_trouble_max) return read_own_events();
    if (costs && !throttle_.take(now)) {
      if (!std::exchange(waiting_for_token_, true)) {
        after(throttle_.wait(now), [this] { waiting_for_token_ = false; });
      }
      return false;
    }
    CHECK(record.cursor > read_cursor_, "{} went back from {} to {}", options_.name,
          read_cursor_.value, record.cursor.value);
    read_cursor_ = record.cursor;
    ++read_ahead_next_;
    take(std::move(record));
  }
  // What lay behind the last of them, too, concerned nobody here.
  read_cursor_ = std::max(read_cursor_, read_ahead_through_);
  return read_ahead_more_;
}

bool EffectFlow::read_own_events() {
  // What takes keys out of trouble stands behind the record that waits for it.
  own_cursor_ = std::max(own_cursor_, read_cursor_);
  const Result<Batch> batch =
      ports_.source.read_wanted(own_cursor_, {.events_max = kReadRecordsMax},
                                [](std::string_view type) { return type.starts_with("flow."); });
  if (!batch) {
    wait_to_read(batch.error());
    return false;
  }
  note_read();
  for (const Record& record : batch->records) {
    if (full()) return false;
    own_cursor_ = record.cursor;
    take_own_event(record);
  }
  if (batch->through.value == 0) return false;
  own_cursor_ = batch->through;
  return batch->more;
}

void EffectFlow::take(Record&& record) {
  if (record.type.starts_with("flow.")) {
    if (record.cursor > own_cursor_) take_own_event(record);
    return;
  }
  if (!ports_.effect.wants(record.type)) return;
  const Cursor cursor = record.cursor;
  unfinished_.emplace(cursor, record.time);
  switch (lanes_.admit(record)) {
    case Lanes::Verdict::Run:
      return run(std::move(record), 0, false, cursor);
    case Lanes::Verdict::Queue:
      return;
    case Lanes::Verdict::Park:
      return park(record);
    case Lanes::Verdict::Skip:
      return settle(cursor);
  }
}

void EffectFlow::take_own_event(const Record& record) {
  if (record.key != flow_id(options_.name)) return;
  if (record.type == RecordDue::kType.name) {
    const Result<RecordDue> event = codec::decode<RecordDue>(record.payload);
    CHECK(event.has_value(), "{} at {}", event.error().describe(), record.cursor.value);
    unfinished_.emplace(record.cursor, record.time);
    announce(event->key, {event->cursor, event->attempts, record.cursor});
  } else if (record.type == LaneCleared::kType.name) {
    const Result<LaneCleared> event = codec::decode<LaneCleared>(record.payload);
    CHECK(event.has_value(), "{} at {}", event.error().describe(), record.cursor.value);
    lanes_.cleared(event->key, record.cursor);
  }
}

void EffectFlow::announce(const TypeId& key, Announced announced) {
  switch (lanes_.due(key, announced.head, announced.read_as)) {
    case Lanes::Due::Skip:
      return settle(announced.read_as);
    case Lanes::Due::Defer:
      // Announced anew: the earlier one was handled by a process that took the partition over.
      if (const auto found = deferred_.find(key); found != deferred_.end()) {
        settle(found->second.read_as);
      }
      deferred_.insert_or_assign(key, announced);
      return;
    case Lanes::Due::Run:
      break;
  }
  Result<Record> record = ports_.source.at(announced.head);
  if (!record) {
    // The record was there before. A disk may not give it now, whatever it says; only damage hides it, and the dead letter
    // shows that to an operator.
    Error error = std::move(record).error();
    const bool passes = error.code != ErrorCode::Corrupt && error.code != ErrorCode::NotFound &&
                        error.code != ErrorCode::Unsupported;
    Record lost{.cursor = announced.head, .key = key};
    complete({.record = std::move(lost),
              .attempts = announced.attempts,
              .announced = true,
              .read_as = announced.read_as,
              .outcome = passes ? EffectOutcome(Retry{std::move(error), std::nullopt})
                                : EffectOutcome(Failed{std::move(error)})});
    return;
  }
  run(std::move(*record), announced.attempts, true, announced.read_as);
}

}  // namespace remit::flow
