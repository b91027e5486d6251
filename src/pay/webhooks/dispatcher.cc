#include "pay/webhooks/dispatcher.h"

#include "pay/webhooks/limits.h"
#include "pay/webhooks/read_tables.h"

#include <limits>
#include <ranges>
#include <utility>

namespace remit::webhooks {
namespace {

constexpr Duration kFollowAgainAfter = std::chrono::seconds(1);

std::uint64_t seed_from(Entropy& entropy) {
  std::uint64_t seed = 0;
  entropy.fill(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

/// When a delivery is given up and how long it waits is the effect's to say: by time, not by count.
flow::EffectFlowOptions options_of(const TypeId& endpoint, const DeliveryPolicy& policy) {
  return {.name = flow_name(endpoint),
          .after_dead_letter = flow::AfterDeadLetter::Skip,
          .in_flight_max = policy.in_flight_max,
          .attempts_max = std::numeric_limits<std::uint32_t>::max(),
          .keys_in_trouble_max = kSubjectsInTroubleMax,
          .retry_delay_min = std::chrono::milliseconds(1),
          .retry_delay_max = std::chrono::seconds(1)};
}

}  // namespace

struct Dispatcher::Shared {
  std::mutex mutex;
  Dispatcher* owner;
  bool waiting = false;  ///< A timer will wake it.
};

Result<std::unique_ptr<Dispatcher>> Dispatcher::start(Ports ports,
                                                      const std::string& read_model_file,
                                                      DeliveryPolicy policy) {
  CHECK(!policy.retry_delays.empty(), "a policy without delays");
  sqlite::Database rows = TRY(sqlite::Database::open(
      read_model_file, {.read_only = true, .cache_kib = 2048, .disk = ports.read_model_disk}));
  auto dispatcher =
      std::unique_ptr<Dispatcher>(new Dispatcher(ports, std::move(rows), std::move(policy)));
  dispatcher->group_.attach(*dispatcher);
  return dispatcher;
}

Dispatcher::Dispatcher(Ports ports, sqlite::Database rows, DeliveryPolicy policy)
    : ports_(ports),
      rows_(std::move(rows)),
      policy_(std::move(policy)),
      journal_(ports.journal, ports.engine.partition()),
      group_("webhooks", ports.host),
      shared_(std::make_shared<Shared>()) {
  shared_->owner = this;
}

Dispatcher::~Dispatcher() {
  stop();
  const std::lock_guard lock(shared_->mutex);
  shared_->owner = nullptr;
}

void Dispatcher::stop() {
  if (std::exchange(stopped_, true)) return;
  group_.detach(*this);
  for (const auto& [endpoint, running] : running_) running->flow->stop();
}

bool Dispatcher::step() {
  if (!follow_endpoints()) follow_again();
  for (const auto& [endpoint, running] : running_) running->flow->wake();
  return false;
}

/// The read model may not go on for hours, and then nothing else wakes it.
void Dispatcher::follow_again() {
  {
    const std::lock_guard lock(shared_->mutex);
    if (std::exchange(shared_->waiting, true)) return;
  }
  ports_.host.timers().after(kFollowAgainAfter, [shared = shared_] {
    const std::lock_guard lock(shared->mutex);
    shared->waiting = false;
    if (shared->owner != nullptr) shared->owner->wake();
  });
}

Result<std::map<TypeId, Feed::Listener>> Dispatcher::read_wanted() {
  sqlite::Statement checkpoint = TRY(rows_.prepare("SELECT checkpoint FROM read_model"));
  if (TRY(checkpoint.step())) end_ = checkpoint.number(0);
  checkpoint.reset();
  sqlite::Statement rows =
      TRY(rows_.prepare("SELECT id, client, enabled_at FROM webhook_endpoints WHERE status = ?"));
  rows.bind(static_cast<int>(EndpointStatus::Enabled));
  std::map<TypeId, Feed::Listener> wanted;
  while (TRY(rows.step())) {
    const std::optional<TypeId> id = TypeId::parse(rows.text(0));
    const std::optional<TypeId> client = TypeId::parse(rows.text(1));
    CHECK(id && client, "{} of {} is no endpoint", rows.text(0), rows.text(1));
    wanted.emplace(*id, Feed::Listener{*client, *id, rows.number(2)});
  }
  return wanted;
}

Result<void> Dispatcher::follow_endpoints() {
  const std::map<TypeId, Feed::Listener> wanted = TRY(read_wanted());
  for (auto it = running_.begin(); it != running_.end();) {
    if (wanted.contains(it->first)) {
      ++it;
      continue;
    }
    it->second->flow->stop();
    const std::lock_guard lock(mutex_);
    it = running_.erase(it);
  }
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(not_begun_, [&](const auto& each) { return !wanted.contains(each.first); });
  }
  Result<void> done;
  for (const auto& [endpoint, listener] : wanted) {
    if (running_.contains(endpoint)) continue;
    if (auto begun = begin(listener); !begun) {
      note_not_begun(endpoint, begun.error());
      done = std::move(begun);
    }
  }
  return done;
}

void Dispatcher::note_not_begun(const TypeId& endpoint, const Error& error) {
  const std::lock_guard lock(mutex_);
  flow::FlowStatus& status = not_begun_[endpoint];
  status.name = flow_name(endpoint);
  flow::note_trouble(status, error.describe(), ports_.host.clock().now());
}

Result<void> Dispatcher::begin(const Feed::Listener& listener) {
  auto running = std::unique_ptr<Running>(
      new Running{.feed = Feed({rows_, journal_, end_}, listener),
                  .random = SeededRandom(seed_from(ports_.entropy)),
                  .effect = std::make_shared<DeliverWebhooks>(DeliverWebhooks::Ports{
                      ports_.engine, ports_.http, ports_.sealer, ports_.host.clock(), policy_}),
                  .flow = nullptr});
  running->flow = std::make_unique<flow::EffectFlow>(
      flow::EffectFlow::Ports{ports_.engine, running->feed, *running->effect, ports_.checkpoints,
                              group_, running->random},
      options_of(listener.endpoint, policy_));
  TRY(running->flow->start());
  const std::lock_guard lock(mutex_);
  not_begun_.erase(listener.endpoint);
  running_.emplace(listener.endpoint, std::move(running));
  return {};
}

std::vector<flow::FlowStatus> Dispatcher::statuses() const {
  const std::lock_guard lock(mutex_);
  std::vector<flow::FlowStatus> statuses;
  statuses.reserve(running_.size() + not_begun_.size());
  for (const auto& [endpoint, running] : running_) statuses.push_back(running->flow->status());
  for (flow::FlowStatus status : not_begun_ | std::views::values) {
    status.lag = ports_.host.clock().now() - *status.standing_since;
    statuses.push_back(std::move(status));
  }
  return statuses;
}

void Dispatcher::set_paused(std::string_view flow, bool paused) {
  const std::lock_guard lock(mutex_);
  for (const auto& [endpoint, running] : running_) {
    if (flow == flow_name(endpoint)) running->flow->set_paused(paused);
  }
}

void Dispatcher::set_throttle(std::string_view flow, std::uint32_t records_per_second_max) {
  const std::lock_guard lock(mutex_);
  for (const auto& [endpoint, running] : running_) {
    if (flow == flow_name(endpoint)) running->flow->set_throttle(records_per_second_max);
  }
}

}  // namespace remit::webhooks
