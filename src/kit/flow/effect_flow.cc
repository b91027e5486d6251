#include "kit/flow/effect_flow.h"

#include "kit/flow/effect_flow_mailbox.h"

#include <algorithm>

/// The life of an effect flow: its start, its steps, its end, and what it shows of itself.
namespace remit::flow {

EffectOutcome outcome_of(Error error) {
  if (error.transient()) return Retry{std::move(error), std::nullopt};
  return Failed{std::move(error)};
}

EffectFlow::EffectFlow(Ports ports, EffectFlowOptions options)
    : ports_(ports), options_(std::move(options)), mailbox_(std::make_shared<Mailbox>(*this)) {
  CHECK(!options_.name.empty(), "a flow without a name");
  read_delay_ = options_.retry_delay_min;
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
          read_trouble_ = position.error().describe();
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

void EffectFlow::begin(const FlowState& state, Cursor through) {
  lanes_.load(state, through);
  paused_ = state.paused;
  throttle_.set(state.records_per_second_max, ports_.host.clock().monotonic());
  loaded_ = true;
  read_trouble_.clear();
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
  const std::string& trouble = !read_trouble_.empty()  ? read_trouble_
                               : !say_trouble_.empty() ? say_trouble_
                                                       : save_trouble_;
  note_trouble(status_, trouble, ports_.host.clock().now());
}

FlowStatus EffectFlow::status() const {
  FlowStatus status;
  std::optional<Timestamp> oldest;
  {
    const std::lock_guard lock(status_mutex_);
    status = status_;
    oldest = oldest_;
  }
  lag_.measure(status, ports_.source, oldest, ports_.host.clock().now());
  return status;
}

}  // namespace remit::flow
