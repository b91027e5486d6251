#include "app/partition_flows.h"

#include "app/core.h"
#include "app/read_tables.h"
#include "pay/payers/erase_payers.h"

#include <future>

namespace remit::app {
namespace {

std::uint64_t seed_from(Entropy& entropy) {
  std::uint64_t seed = 0;
  entropy.fill(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

}  // namespace

PartitionFlows::PartitionFlows(Ports ports) : ports_(ports) {}

Result<std::unique_ptr<PartitionFlows>> PartitionFlows::open(Ports ports,
                                                             const std::string& read_model_file) {
  auto flows = std::unique_ptr<PartitionFlows>(new PartitionFlows(ports));
  TRY(flows->open_read_model(read_model_file));
  flows->add_payment_effect<payments::AuthorisePayments>();
  flows->add_payment_effect<payments::ExchangeCodes>();
  flows->add_payment_effect<payments::SubmitPayments>();
  flows->add_payment_effect<payments::ResolvePayments>();
  flows->add_payment_effect<payments::QueryStatuses>();
  flows->add_effect(payers::ErasePayers::kName,
                    std::make_unique<payers::ErasePayers>(ports.sealer));
  return flows;
}

PartitionFlows::~PartitionFlows() {
  stop();
}

Result<void> PartitionFlows::open_read_model(const std::string& file) {
  model_ = TRY(
      flow::ReadModel::open(ports_.registry, {file, kept_in_read_models()}, make_read_tables()));
  queries_ = TRY(store::ReadQueries::start(file, "read-queries", ports_.host));
  read_source_ = std::make_unique<flow::JournalSource>(ports_.journal, ports_.engine.partition());
  read_flow_ = std::make_unique<flow::DerivedFlow>(
      flow::DerivedFlow::Ports{*read_source_, *model_, ports_.host});
  controls_.push_back({.status = [this] { return read_flow_->status(); },
                       .set_paused = [this](bool paused) { read_flow_->set_paused(paused); },
                       .set_throttle = {},
                       .rebuild = [this] { read_flow_->rebuild(); }});
  return {};
}

template <class E>
void PartitionFlows::add_payment_effect() {
  add_effect(E::kName, std::make_unique<E>(payments::EffectPorts{
                           ports_.engine, ports_.rails, ports_.sealer, ports_.host.clock(),
                           fmt::format("flow:{}", E::kName)}));
}

void PartitionFlows::add_effect(std::string_view name, std::unique_ptr<flow::Effect> effect) {
  Effect& added =
      effects_.emplace_back(Effect{.source = {ports_.journal, ports_.engine.partition()},
                                   .random = SeededRandom(seed_from(ports_.entropy)),
                                   .effect = std::move(effect)});
  added.flow = std::make_unique<flow::EffectFlow>(
      flow::EffectFlow::Ports{ports_.engine, added.source, *added.effect, ports_.checkpoints,
                              ports_.host, added.random},
      flow::EffectFlowOptions{.name = std::string(name)});
  flow::EffectFlow* flow = added.flow.get();
  controls_.push_back({.status = [flow] { return flow->status(); },
                       .set_paused = [flow](bool paused) { flow->set_paused(paused); },
                       .set_throttle = [flow](std::uint32_t rate) { flow->set_throttle(rate); },
                       .rebuild = {}});
}

Result<bool> PartitionFlows::was_paused(const std::string& flow) {
  auto paused = std::make_shared<bool>(false);
  std::promise<Result<engine::Position>> asked;
  std::future<Result<engine::Position>> answer = asked.get_future();
  ports_.engine.query(
      [paused, flow](engine::ReadView& view) {
        const auto* state = view.find<flow::FlowState>(flow::flow_id(flow));
        *paused = state != nullptr && state->paused;
      },
      [asked = std::move(asked)](Result<engine::Position> position) mutable {
        asked.set_value(std::move(position));
      });
  TRY(answer.get());
  return *paused;
}

std::vector<FlowControl> PartitionFlows::controls() const {
  std::vector<FlowControl> controls = controls_;
  if (!webhooks_) return controls;
  for (flow::FlowStatus& status : webhooks_->statuses()) {
    const std::string name = status.name;
    webhooks::Dispatcher* all = webhooks_.get();
    controls.push_back(
        {.status = [status = std::move(status)] { return status; },
         .set_paused = [all, name](bool paused) { all->set_paused(name, paused); },
         .set_throttle = [all, name](std::uint32_t rate) { all->set_throttle(name, rate); },
         .rebuild = {}});
  }
  return controls;
}

Result<void> PartitionFlows::start() {
  // Effect flows read this by themselves; a derived flow knows of no engine.
  read_flow_->set_paused(TRY(was_paused(model_->name())));
  webhooks_ = TRY(webhooks::Dispatcher::start(
      {ports_.engine, ports_.journal, ports_.checkpoints, ports_.webhook_client, ports_.sealer,
       ports_.host, ports_.entropy},
      model_->path(), ports_.webhook_policy));
  read_flow_->on_progress([webhooks = webhooks_.get()](flow::Cursor) { webhooks->wake(); });
  TRY(read_flow_->start());
  for (Effect& effect : effects_) TRY(effect.flow->start());
  return {};
}

void PartitionFlows::stop() {
  for (Effect& effect : effects_) effect.flow->stop();
  // Which wakes the webhooks.
  if (read_flow_) read_flow_->stop();
  if (webhooks_) webhooks_->stop();
}

void PartitionFlows::wake() {
  read_flow_->wake();
  for (Effect& effect : effects_) effect.flow->wake();
}

}  // namespace remit::app
