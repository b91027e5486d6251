#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/host.h"
#include "kit/engine/engine.h"
#include "kit/flow/checkpoints.h"
#include "kit/flow/derived_flow.h"
#include "kit/flow/effect_flow.h"
#include "kit/flow/read_model.h"
#include "kit/store/read_database.h"
#include "pay/payments/payment_effect.h"
#include "pay/webhooks/dispatcher.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace remit::app {

/// A flow as operators see it: whatever kind it is.
struct FlowControl {
  std::function<flow::FlowStatus()> status;
  std::function<void(bool)> set_paused;
  std::function<void(std::uint32_t)> set_throttle;  ///< Empty for derived flows.
  std::function<void()> rebuild;                    ///< Empty for effect flows.
};

/// Everything that follows the journal of one clients' partition: the read model, the flows that call banks, and webhooks.
class PartitionFlows {
 public:
  struct Ports {
    const engine::Registry& registry;
    journal::Journal& journal;
    engine::Engine& engine;
    flow::CheckpointTable& checkpoints;
    const payments::Rails& rails;
    codec::Sealer& sealer;
    net::HttpClient& webhook_client;
    webhooks::DeliveryPolicy webhook_policy;
    Host& host;
    Entropy& entropy;
  };

  static Result<std::unique_ptr<PartitionFlows>> open(Ports ports,
                                                      const std::string& read_model_file);
  ~PartitionFlows();

  /// Needs a running engine.
  Result<void> start();
  void stop();
  /// The partition has become longer. Thread safe.
  void wake();

  flow::DerivedFlow& read_model() { return *read_flow_; }
  store::ReadQueries& queries() { return *queries_; }
  engine::Engine& engine() { return ports_.engine; }
  /// Of all flows that there are now. Thread safe.
  std::vector<FlowControl> controls() const;

 private:
  /// One flow that makes an effect, with all that it needs of its own.
  struct Effect {
    flow::JournalSource source;
    SeededRandom random;
    std::unique_ptr<flow::Effect> effect;
    std::unique_ptr<flow::EffectFlow> flow;
  };

  explicit PartitionFlows(Ports ports);
  /// What an operator last said of the flow, by the journal.
  Result<bool> was_paused(const std::string& flow);
  Result<void> open_read_model(const std::string& file);
  /// A flow of payments, by its kind.
  template <class E>
  void add_payment_effect();
  void add_effect(std::string_view name, std::unique_ptr<flow::Effect> effect);

  Ports ports_;
  std::unique_ptr<flow::ReadModel> model_;
  std::unique_ptr<flow::JournalSource> read_source_;
  std::unique_ptr<flow::DerivedFlow> read_flow_;
  std::unique_ptr<store::ReadQueries> queries_;
  std::unique_ptr<webhooks::Dispatcher> webhooks_;
  std::deque<Effect> effects_;
  std::vector<FlowControl> controls_;
};

}  // namespace remit::app
