#include "kit/flow/derived_flow.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace remit::flow {
namespace {
constexpr Duration kRetryDelayMin = std::chrono::milliseconds(100);
constexpr Duration kRetryDelayMax = std::chrono::seconds(10);
/// Under load records are gathered for so long before the next batch, unless somebody waits for one: a batch costs the same
/// pages however few records it has.
constexpr Duration kGather = std::chrono::milliseconds(50);
}  // namespace

/// What other threads touch; outlives the flow for the sake of late timers.
struct DerivedFlow::Shared {
  std::mutex mutex;
  DerivedFlow* flow;
  FlowStatus status;
  std::vector<Waiter> waiters;
  std::uint64_t last_waiter_id = 0;
  bool paused = false;
  bool rebuild = false;
  bool retry_now = false;
  bool gathering = false;  ///< A timer will wake it.
};

DerivedFlow::DerivedFlow(Ports ports, std::size_t batch_records_max)
    : ports_(ports),
      batch_records_max_(batch_records_max),
      shared_(std::make_shared<Shared>()),
      retry_delay_(kRetryDelayMin) {
  CHECK(batch_records_max > 0, "a flow that takes nothing");
  shared_->flow = this;
  shared_->status.name = ports_.projection.name();
  shared_->status.derived = true;
}

DerivedFlow::~DerivedFlow() {
  stop();
  const std::lock_guard lock(shared_->mutex);
  shared_->flow = nullptr;
}

Result<void> DerivedFlow::start() {
  CHECK(!started_, "flow {} started twice", ports_.projection.name());
  reached_ = TRY(ports_.projection.checkpoint());
  started_ = true;
  ports_.host.attach(*this);
  ports_.host.wake(*this);
  return {};
}

void DerivedFlow::stop() {
  if (!started_) return;
  started_ = false;
  ports_.host.detach(*this);
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock(shared_->mutex);
    waiters = std::exchange(shared_->waiters, {});
  }
  for (Waiter& waiter : waiters) waiter.done(false);
}

bool DerivedFlow::step() {
  bool paused = false;
  bool rebuild = false;
  {
    const std::lock_guard lock(shared_->mutex);
    paused = shared_->paused;
    rebuild = std::exchange(shared_->rebuild, false);
    // Nobody may be told any more that the rows hold what is about to be forgotten.
    if (rebuild) shared_->status.checkpoint = Cursor();
    if (std::exchange(shared_->retry_now, false)) waiting_ = false;
  }
  if (rebuild) {
    if (const Result<void> reset = ports_.projection.reset(); !reset) {
      stand_still(reset.error());
      const std::lock_guard lock(shared_->mutex);
      shared_->rebuild = true;
      return false;
    }
    reached_ = Cursor();
    last_batch_full_ = true;
  }
  if (paused || waiting_) {
    publish_status();
    return false;
  }
  if (gathers()) return false;
  const Result<Batch> batch = ports_.source.read_wanted(
      reached_, {.events_max = batch_records_max_},
      [this](std::string_view type) { return ports_.projection.wants(type); });
  if (!batch) {
    stand_still(batch.error());
    return false;
  }
  if (batch->through.value != 0) {
    if (const Result<void> applied = apply(batch->records, batch->through); !applied) {
      if (const auto at = ports_.projection.checkpoint()) reached_ = *at;
      stand_still(applied.error());
      return false;
    }
    retry_delay_ = kRetryDelayMin;
    last_batch_ = ports_.host.clock().monotonic();
    last_batch_full_ = batch->more;
  }
  trouble_.clear();
  publish_status();
  answer_waiters();
  if (on_progress_ && batch->through.value != 0) on_progress_(reached_);
  return batch->more;
}

bool DerivedFlow::gathers() {
  const auto since = std::chrono::floor<Duration>(ports_.host.clock().monotonic() - last_batch_);
  if (last_batch_full_ || since >= kGather) return false;
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->waiters.empty()) return false;
  if (std::exchange(shared_->gathering, true)) return true;
  ports_.host.timers().after(kGather - since, [shared = shared_] {
    const std::lock_guard timer_lock(shared->mutex);
    shared->gathering = false;
    if (shared->flow != nullptr) shared->flow->wake();
  });
  return true;
}

Result<void> DerivedFlow::apply(std::span<const Record> records, Cursor through) {
  Result<void> applied = ports_.projection.apply(records, through);
  if (applied) {
    reached_ = through;
    finished_count_ += records.size();
    return {};
  }
  if (records.size() < 2 || applied.error().transient()) {
    return std::unexpected(std::move(applied).error().wrap(
        ErrorCode::Internal, "projection_stopped",
        records.empty()
            ? fmt::format("{} cannot go on to {}", ports_.projection.name(), through.value)
            : fmt::format("{} cannot take in the record at {} ({})", ports_.projection.name(),
                          records.front().cursor.value, records.front().type)));
  }
  // Everything before the record that fails is taken in, so that the status names that one.
  const std::size_t half = records.size() / 2;
  TRY(apply(records.first(half), records[half - 1].cursor));
  return apply(records.subspan(half), through);
}

void DerivedFlow::stand_still(const Error& error) {
  trouble_ = error.describe();
  waiting_ = true;
  ports_.host.timers().after(retry_delay_, [shared = shared_] {
    const std::lock_guard lock(shared->mutex);
    if (shared->flow == nullptr) return;
    shared->retry_now = true;
    shared->flow->wake();
  });
  retry_delay_ = std::min(retry_delay_ * 2, kRetryDelayMax);
  publish_status();
}

void DerivedFlow::when_reached(Cursor cursor, Duration patience,
                               std::move_only_function<void(bool)> done) {
  std::unique_lock lock(shared_->mutex);
  const bool reached = shared_->status.checkpoint >= cursor;
  if (reached || shared_->waiters.size() >= kWaitersMax) {
    lock.unlock();
    return done(reached);
  }
  const std::uint64_t id = ++shared_->last_waiter_id;
  shared_->waiters.push_back({cursor, id, std::move(done)});
  lock.unlock();
  wake();
  ports_.host.timers().after(patience, [shared = shared_, id] {
    std::move_only_function<void(bool)> late;
    {
      const std::lock_guard lock_of_timer(shared->mutex);
      const auto found = std::ranges::find(shared->waiters, id, &Waiter::id);
      if (found == shared->waiters.end()) return;
      late = std::move(found->done);
      shared->waiters.erase(found);
    }
    late(false);
  });
}

void DerivedFlow::answer_waiters() {
  std::vector<Waiter> reached;
  {
    const std::lock_guard lock(shared_->mutex);
    auto& waiters = shared_->waiters;
    const auto rest = std::partition(waiters.begin(), waiters.end(),
                                     [&](const Waiter& w) { return w.cursor > reached_; });
    reached.assign(std::make_move_iterator(rest), std::make_move_iterator(waiters.end()));
    waiters.erase(rest, waiters.end());
  }
  for (Waiter& waiter : reached) waiter.done(true);
}

void DerivedFlow::rebuild() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->rebuild = true;
  }
  wake();
}

void DerivedFlow::set_paused(bool paused) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->paused = paused;
  }
  wake();
}

void DerivedFlow::publish_status() {
  const std::lock_guard lock(shared_->mutex);
  FlowStatus& status = shared_->status;
  status.paused = shared_->paused;
  status.checkpoint = reached_;
  status.records_finished = finished_count_;
  note_trouble(status, trouble_, ports_.host.clock().now());
}

FlowStatus DerivedFlow::status() const {
  FlowStatus status;
  {
    const std::lock_guard lock(shared_->mutex);
    status = shared_->status;
    status.paused = shared_->paused;  // Said, whether or not a step has seen it yet.
  }
  lag_.measure(status, ports_.source, std::nullopt, ports_.host.clock().now());
  return status;
}

}  // namespace remit::flow
