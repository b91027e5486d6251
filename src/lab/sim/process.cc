#include "lab/sim/process.h"

namespace remit::lab::sim {

/// The checkpoints of flows as seen by a process: what a dead one saves is not saved.
class Process::MortalTable final : public flow::CheckpointTable {
 public:
  explicit MortalTable(flow::CheckpointTable& disk) : disk_(disk) {}
  Result<flow::Checkpoint> load(std::string_view flow) override { return disk_.load(flow); }
  Result<void> save(std::string_view flow, const flow::Checkpoint& checkpoint) override {
    if (dead_) return {};
    return disk_.save(flow, checkpoint);
  }
  void die() { dead_ = true; }

 private:
  flow::CheckpointTable& disk_;
  bool dead_ = false;
};

Process::Process(Ports ports, journal::PartitionId partition)
    : source_(ports.journal, partition),
      table_(std::make_unique<MortalTable>(ports.flow_checkpoints)) {}

Process::~Process() {
  table_->die();
  flows_.clear();
  if (engine_) engine_->stop();
}

template <class E>
Result<void> Process::start_flow(Ports ports) {
  effects_.push_back(std::make_unique<E>(
      payments::EffectPorts{*engine_, ports.rails, ports.sealer, ports.host.clock()}));
  flow::EffectFlowOptions options;
  options.name = std::string(E::kName);
  options.retry_delay_max = std::chrono::minutes(1);
  flows_.push_back(std::make_unique<flow::EffectFlow>(
      flow::EffectFlow::Ports{*engine_, source_, *effects_.back(), *table_, ports.host,
                              ports.random},
      std::move(options)));
  return flows_.back()->start();
}

Result<std::unique_ptr<Process>> Process::open(Ports ports, journal::PartitionId partition) {
  auto made = std::make_unique<Process>(ports, partition);
  engine::EngineOptions options;
  options.verify_events_every = 16;
  options.entities_max = 1 + ports.random.below(200);
  options.checkpoint_events_max = 20 + ports.random.below(400);
  options.batch_commands_max = 1 + ports.random.below(32);
  options.receipts_recent_max = ports.random.below(32);
  // Few at a time, so that states change while a checkpoint of them is being made.
  options.checkpoint_slice_max = 1 + options.entities_max % 8;
  made->engine_ = TRY(engine::Engine::open(
      ports.registry, {ports.journal, ports.checkpoints, ports.host}, partition, options));
  made->engine_->start();
  const auto start = [&]() -> Result<void> {
    if (auto started = made->start_flow<payments::AuthorisePayments>(ports); !started) {
      return started;
    }
    if (auto started = made->start_flow<payments::ExchangeCodes>(ports); !started) return started;
    if (auto started = made->start_flow<payments::SubmitPayments>(ports); !started) return started;
    if (auto started = made->start_flow<payments::ResolvePayments>(ports); !started) {
      return started;
    }
    return made->start_flow<payments::QueryStatuses>(ports);
  };
  if (Result<void> started = start(); !started) return std::unexpected(std::move(started).error());
  return made;
}

void Process::wake() {
  for (const auto& flow : flows_) flow->wake();
}

std::vector<flow::FlowStatus> Process::statuses() const {
  std::vector<flow::FlowStatus> all;
  for (const auto& flow : flows_) all.push_back(flow->status());
  return all;
}

}  // namespace remit::lab::sim
