#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/random.h"
#include "kit/engine/engine.h"
#include "kit/flow/derived_flow.h"
#include "kit/flow/effect_flow.h"
#include "kit/flow/read_model.h"
#include "lab/sim/disks.h"
#include "lab/sim/machine.h"
#include "lab/sim/model_bank.h"
#include "lab/sim/network.h"
#include "lab/sim/sometimes.h"
#include "pay/payments/event_watch.h"
#include "pay/payments/payment_effect.h"
#include "pay/webhooks/dispatcher.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"

#include <memory>
#include <string>
#include <vector>

namespace remit::lab::sim {

/// The prefixes whose states the read model of the simulated server keeps, and its tables: as `remit serve` has them.
std::vector<std::string> kept_in_read_model();
std::vector<std::unique_ptr<flow::ReadTables>> make_read_tables();

/// One life of the server: on a machine of its own an engine, the flows that call the bank, the read model, webhooks, the
/// bank's events and the UK rail, on one partition, as `remit serve` puts them together. When it is destroyed the process
/// dies: nothing of it reaches a disk or the network any more.
class Process {
 public:
  /// What outlives processes.
  struct Ports {
    const engine::Registry& registry;
    Disks& disks;
    Host& host;
    Network& network;
    const ModelBank& bank;
    codec::Sealer& sealer;
    Entropy& entropy;
    Random& random;  ///< For its bounds, which differ from life to life.
    Sometimes& sometimes;
    webhooks::DeliveryPolicy webhook_policy;
  };
  /// Fails as opening the engine and starting the flows do.
  static Result<std::unique_ptr<Process>> open(Ports ports, journal::PartitionId partition);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  engine::Engine& engine() { return *engine_; }
  const engine::Engine& engine() const { return *engine_; }
  Machine& machine() { return machine_; }
  /// What its read model is read by.
  const std::string& read_model_file() const { return model_->path(); }
  /// The journal has something new.
  void wake();
  /// The bank sends an event.
  void take_pushed(const net::HttpRequest& request, net::Responder respond);
  std::vector<flow::FlowStatus> statuses() const;

 private:
  class MortalTable;
  class MortalClient;

  /// Without an engine yet; `open` makes a whole one.
  Process(Ports ports, journal::PartitionId partition);
  Result<void> open_engine(journal::PartitionId partition);
  Result<void> open_flows();
  void open_events();
  template <class E>
  Result<void> start_payment_flow();
  Result<void> start_flow(std::string_view name, std::unique_ptr<flow::Effect> effect);
  void hear(const payments::EventNews& news);

  Ports ports_;
  Machine machine_;
  SeededRandom random_;
  std::unique_ptr<MortalClient> bank_client_;
  std::unique_ptr<MortalClient> webhook_client_;
  rails::open_banking_uk::OpenBankingUkRail rail_;
  payments::Rails rails_;
  flow::JournalSource source_;
  std::unique_ptr<MortalTable> table_;
  // The engine's end calls back into the effects; flows end first, engine second, effects last.
  std::vector<std::unique_ptr<flow::Effect>> effects_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<flow::ReadModel> model_;
  std::unique_ptr<store::ReadQueries> queries_;
  std::unique_ptr<flow::DerivedFlow> read_flow_;
  std::unique_ptr<webhooks::Dispatcher> webhooks_;
  std::unique_ptr<payments::EventIntake> intake_;
  std::unique_ptr<payments::EventWatch> watch_;
  std::vector<std::unique_ptr<flow::EffectFlow>> flows_;
};

}  // namespace remit::lab::sim
