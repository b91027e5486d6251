#include "kit/flow/effect_flow.h"

#include "kit/flow/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::flow {

/// Where callbacks leave what is to be done on the flow's thread. Outlives the flow: late callbacks find it closed.
class EffectFlow::Mailbox {
 public:
  explicit Mailbox(EffectFlow& flow) : flow_(&flow) {}

  void post(std::move_only_function<void()> run) {
    const std::lock_guard lock(mutex_);
    if (flow_ == nullptr) return;
    items_.push_back(std::move(run));
    flow_->ports_.host.wake(*flow_);
  }
  std::vector<std::move_only_function<void()>> drain() {
    const std::lock_guard lock(mutex_);
    return std::exchange(items_, {});
  }
  void close() {
    const std::lock_guard lock(mutex_);
    flow_ = nullptr;
    items_.clear();
  }

 private:
  std::mutex mutex_;
  EffectFlow* flow_;
  std::vector<std::move_only_function<void()>> items_;
};

EffectOutcome outcome_of(Error error) {
  if (error.transient()) return Retry{std::move(error), std::nullopt};
  return Failed{std::move(error)};
}

EffectFlow::EffectFlow(Ports ports, EffectFlowOptions options)
    : ports_(ports), options_(std::move(options)), mailbox_(std::make_shared<Mailbox>(*this)) {
  CHECK(!options_.name.empty(), "a flow without a name");
  status_.name = options_.name;
}

EffectFlow::~EffectFlow() {
  stop();
  mailbox_->close();
}

Result<void> EffectFlow::start() {
  CHECK(!started_, "flow {} started twice", options_.name);
  saved_ = TRY(ports_.checkpoints.load(options_.name));
  TRY(note_start());
  read_cursor_ = saved_.cursor;
  careful_from_ = saved_.cursor;
  started_ = true;
  ports_.host.attach(*this);
  load_state();
  return {};
}

void EffectFlow::load_state() {
  auto state = std::make_shared<FlowState>();
  ports_.engine.query(
      [state, name = options_.name](engine::ReadView& view) {
        if (const FlowState* found = view.find<FlowState>(flow_id(name))) *state = *found;
      },
      [this, state, mailbox = mailbox_](Result<engine::Position> position) {
        mailbox->post([this, state, position = std::move(position)] {
          if (position) return begin(*state, Cursor(position->value));
          trouble_ = position.error().describe();
          after(options_.retry_delay_min, [this] { load_state(); });
        });
      });
}

void EffectFlow::stop() {
  if (!started_ || stopped_) return;
  stopped_ = true;
  ports_.host.detach(*this);
  mailbox_->close();
  saved_.cursor = std::max(saved_.cursor, reached());
  saved_.starts = 0;
  saved_.suspect = Cursor();
  saved_.suspect_starts = 0;
  // An orderly stop: losing this note costs repeated effects and one careful start.
  (void)ports_.checkpoints.save(options_.name, saved_);
}

Result<void> EffectFlow::note_start() {
  ++saved_.starts;
  if (saved_.suspect.value != 0) ++saved_.suspect_starts;
  careful_ = saved_.starts > kCrashesMax;
  return ports_.checkpoints.save(options_.name, saved_);
}

void EffectFlow::begin(const FlowState& state, Cursor through) {
  lanes_.load(state, through);
  paused_ = state.paused;
  throttle_.set(state.records_per_second_max, ports_.host.clock().monotonic());
  loaded_ = true;
}

bool EffectFlow::step() {
  for (auto& run : mailbox_->drain()) run();
  if (!loaded_ || stopped_) {
    publish_status();
    return false;
  }
  bool more = false;
  if (!paused_ && !full()) more = read_more();
  save_checkpoint();
  publish_status();
  return more;
}

bool EffectFlow::full() const {
  const std::size_t in_flight_max = careful_ ? 1 : options_.in_flight_max;
  return lanes_.under_way() >= in_flight_max || lanes_.queued() >= options_.queued_max;
}

bool EffectFlow::read_more() {
  if (read_ahead_next_ == read_ahead_.size()) {
    Result<Batch> batch = ports_.source.read_wanted(
        read_cursor_, {.events_max = kReadRecordsMax}, [this](std::string_view type) {
          return type.starts_with("flow.") || ports_.effect.wants(type);
        });
    if (!batch) {
      trouble_ = batch.error().describe();
      after(options_.retry_delay_min, [] {});
      return false;
    }
    trouble_.clear();
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
    trouble_ = batch.error().describe();
    after(options_.retry_delay_min, [] {});
    return false;
  }
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
    // Only damage hides a record that was there before: the dead letter shows it to an operator.
    Record lost{.cursor = announced.head, .key = key};
    complete({.record = std::move(lost),
              .attempts = announced.attempts,
              .announced = true,
              .read_as = announced.read_as,
              .outcome = outcome_of(std::move(record).error())});
    return;
  }
  run(std::move(*record), announced.attempts, true, announced.read_as);
}

void EffectFlow::run(Record record, std::uint32_t attempts, bool announced, Cursor read_as) {
  if (careful_) {
    if (read_as == saved_.suspect && saved_.suspect_starts >= kCrashesMax) {
      Error error{ErrorCode::Internal,
                  "process_crashed",
                  fmt::format("The process ended {} times while this record was handled; see its "
                              "logs before you redrive it.",
                              saved_.suspect_starts),
                  {},
                  nullptr};
      complete({std::move(record), attempts, announced, read_as, Failed{std::move(error)}});
      return;
    }
    note_suspect(read_as);
  }
  auto kept = std::make_shared<Record>(std::move(record));
  ports_.effect.start(
      *kept, attempts,
      [this, kept, attempts, announced, read_as, mailbox = mailbox_](EffectOutcome outcome) {
        mailbox->post(
            [this, kept, attempts, announced, read_as, outcome = std::move(outcome)]() mutable {
              complete({std::move(*kept), attempts, announced, read_as, std::move(outcome)});
            });
      });
}

void EffectFlow::note_suspect(Cursor read_as) {
  if (saved_.suspect == read_as) return;
  saved_.suspect = read_as;
  saved_.suspect_starts = 0;
  (void)ports_.checkpoints.save(options_.name, saved_);
}

void EffectFlow::complete(Completion completion) {
  if (auto* retried = std::get_if<Retry>(&completion.outcome)) {
    if (completion.attempts + 1 < options_.attempts_max) return retry(completion, *retried);
    return dead_letter(completion, std::move(retried->error));
  }
  if (auto* failed = std::get_if<Failed>(&completion.outcome)) {
    return dead_letter(completion, std::move(failed->error));
  }
  const TypeId key = completion.record.key;
  ++finished_count_;
  if (completion.announced) {
    const Cursor read_as = completion.read_as;
    journal(FinishRecord{options_.name, key, completion.record.cursor},
            [this, read_as] { settle(read_as); });
  } else {
    settle(completion.read_as);
  }
  go_on(key);
}

void EffectFlow::go_on(const TypeId& key) {
  if (std::optional<Record> next = lanes_.finished(key)) {
    const Cursor cursor = next->cursor;
    return run(std::move(*next), 0, false, cursor);
  }
  run_deferred(key);
}

void EffectFlow::run_deferred(const TypeId& key) {
  const auto found = deferred_.find(key);
  if (found == deferred_.end() || lanes_.is_under_way(key)) return;
  const Announced announced = found->second;
  deferred_.erase(found);
  announce(key, announced);
}

void EffectFlow::retry(Completion& completion, const Retry& retried) {
  ++retry_count_;
  const std::uint32_t attempts = completion.attempts + 1;
  const TypeId key = completion.record.key;
  const Timestamp due = ports_.host.clock().now() + delay_before_attempt(attempts, retried.after);
  const std::vector<Record> behind = lanes_.failed(key, completion.record.cursor);
  journal(ScheduleRetry{options_.name, key, completion.record.cursor, attempts, due,
                        retried.error.describe()},
          [this, read_as = completion.read_as] { settle(read_as); });
  for (const Record& record : behind) park(record);
  run_deferred(key);
}

void EffectFlow::dead_letter(Completion& completion, Error error) {
  ++dead_letter_count_;
  const TypeId key = completion.record.key;
  journal(CreateDeadLetter{options_.name, key, completion.record.cursor, completion.record.type,
                           completion.attempts + 1, error.reason, error.describe(),
                           options_.after_dead_letter},
          [this, read_as = completion.read_as] { settle(read_as); });
  if (options_.after_dead_letter == AfterDeadLetter::Skip) return go_on(key);
  for (const Record& record : lanes_.failed(key, completion.record.cursor)) park(record);
  run_deferred(key);
}

void EffectFlow::park(const Record& record) {
  journal(ParkRecord{options_.name, record.key, record.cursor},
          [this, cursor = record.cursor] { settle(cursor); });
}

void EffectFlow::settle(Cursor read_as) {
  const auto erased = unfinished_.erase(read_as);
  CHECK(erased == 1, "{} settled record {} twice", options_.name, read_as.value);
  settled_since_saved_ = true;
}

Cursor EffectFlow::reached() const {
  if (unfinished_.empty()) return read_cursor_;
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
  } else {
    trouble_ = saved.error().describe();
  }
}

Duration EffectFlow::delay_before_attempt(std::uint32_t attempts, std::optional<Duration> asked) {
  const std::uint32_t doublings = std::min<std::uint32_t>(attempts - 1, 20);
  const Duration cap =
      std::min<Duration>(options_.retry_delay_max, options_.retry_delay_min * (1LL << doublings));
  const auto span = static_cast<std::uint64_t>(cap.count());
  // Half of the delay is drawn, so that what failed together does not come back together.
  const auto jittered =
      Duration(static_cast<std::int64_t>(span / 2 + ports_.random.below(span / 2 + 1)));
  return std::max(jittered, asked.value_or(Duration{0}));
}

template <class C>
void EffectFlow::journal(const C& command, std::move_only_function<void()> then) {
  std::deque<Said>& queue = to_say_[command.key];
  queue.push_back({engine::encode_command(command), std::move(then)});
  if (queue.size() == 1) say(command.key);
}

void EffectFlow::say(const TypeId& key) {
  engine::CommandContext context;
  context.command = TypeId::make("cmd", ports_.host.clock().now(), ports_.random);
  ports_.engine.submit(std::move(context), to_say_.at(key).front().command,
                       [this, key, mailbox = mailbox_](Result<engine::Answered> answer) {
                         mailbox->post([this, key, answer = std::move(answer)]() mutable {
                           said(key, std::move(answer));
                         });
                       });
}

void EffectFlow::said(const TypeId& key, Result<engine::Answered> answer) {
  const auto found = to_say_.find(key);
  if (!answer) {
    // Every command of a flow may be said twice: the rules see that it happened.
    trouble_ = answer.error().describe();
    const std::uint32_t doublings = std::min(found->second.front().tries++, 8U);
    const Duration delay = std::min<Duration>(std::chrono::milliseconds(50) * (1 << doublings),
                                              std::chrono::seconds(5));
    return after(delay, [this, key] { say(key); });
  }
  std::move_only_function<void()> then = std::move(found->second.front().then);
  found->second.pop_front();
  if (found->second.empty()) {
    to_say_.erase(found);
  } else {
    say(key);
  }
  then();
}

void EffectFlow::after(Duration delay, std::move_only_function<void()> run) {
  ports_.host.timers().after(delay, [mailbox = mailbox_, run = std::move(run)]() mutable {
    mailbox->post(std::move(run));
  });
}

void EffectFlow::set_paused(bool paused) {
  mailbox_->post([this, paused] { paused_ = paused; });
}

void EffectFlow::set_throttle(std::uint32_t records_per_second_max) {
  mailbox_->post([this, records_per_second_max] {
    throttle_.set(records_per_second_max, ports_.host.clock().monotonic());
  });
}

void EffectFlow::publish_status() {
  const std::lock_guard lock(status_mutex_);
  status_.paused = paused_;
  status_.records_per_second_max = throttle_.records_per_second_max();
  status_.checkpoint = reached();
  oldest_.reset();
  if (!unfinished_.empty()) {
    oldest_ = unfinished_.begin()->second;
  } else if (read_ahead_next_ < read_ahead_.size()) {
    oldest_ = read_ahead_[read_ahead_next_].time;
  }
  status_.in_flight = lanes_.under_way();
  status_.keys_in_trouble = lanes_.in_trouble();
  status_.records_finished = finished_count_;
  status_.retries = retry_count_;
  status_.dead_letters = dead_letter_count_;
  status_.trouble = trouble_;
}

FlowStatus EffectFlow::status() const {
  FlowStatus status;
  std::optional<Timestamp> oldest;
  {
    const std::lock_guard lock(status_mutex_);
    status = status_;
    oldest = oldest_;
  }
  measure_lag(status, ports_.source, oldest, ports_.host.clock().now());
  return status;
}

}  // namespace remit::flow
