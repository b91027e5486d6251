#pragma once

#include "kit/base/component_group.h"
#include "kit/flow/effect_flow.h"
#include "pay/webhooks/deliver.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remit::webhooks {

/// Delivers the facts of one partition: one flow for each enabled endpoint, so that an endpoint that is slow or down holds up
/// nobody else, all of them on one thread. Flows begin and end as the read model says that endpoints do.
class Dispatcher final : public Component {
 public:
  /// All outlive it, and the engine and the HTTP client may call back what it started until they are stopped.
  struct Ports {
    engine::Engine& engine;
    journal::Journal& journal;
    flow::CheckpointTable& checkpoints;
    net::HttpClient& http;
    codec::Sealer& sealer;
    Host& host;
    Entropy& entropy;
    sqlite::Disk* read_model_disk = nullptr;  ///< Null: the machine's own.
  };

  /// `read_model_file` must exist. Begins at once; needs a running engine.
  static Result<std::unique_ptr<Dispatcher>> start(Ports ports, const std::string& read_model_file,
                                                   DeliveryPolicy policy);
  ~Dispatcher() override;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// The read model has gone on. Thread safe.
  void wake() { group_.wake(*this); }
  /// Begins no further delivery. Waits for nothing.
  void stop();

  /// Of all flows that run, and of those that could not begin yet. Thread safe.
  std::vector<flow::FlowStatus> statuses() const;
  /// Nothing when no such flow runs. Thread safe.
  void set_paused(std::string_view flow, bool paused);
  void set_throttle(std::string_view flow, std::uint32_t records_per_second_max);

  std::string name() const override { return "webhooks"; }
  bool step() override;

 private:
  /// The delivery to one endpoint, with all that it needs of its own.
  struct Running {
    Feed feed;
    SeededRandom random;
    std::shared_ptr<DeliverWebhooks> effect;
    std::unique_ptr<flow::EffectFlow> flow;
  };

  struct Shared;

  Dispatcher(Ports ports, sqlite::Database rows, DeliveryPolicy policy);
  /// Begins and ends flows as the endpoints want it. Fails when something is left to be done.
  Result<void> follow_endpoints();
  Result<std::map<TypeId, Feed::Listener>> read_wanted();
  void follow_again();
  /// One that holds up no other.
  void note_not_begun(const TypeId& endpoint, const Error& error);
  Result<void> begin(const Feed::Listener& listener);

  Ports ports_;
  sqlite::Database rows_;
  const DeliveryPolicy policy_;
  flow::JournalSource journal_;
  std::atomic<std::uint64_t> end_ = 0;
  ComponentGroup group_;
  mutable std::mutex
      mutex_;  ///< Guards the maps; the flows are changed on the group's thread only.
  std::map<TypeId, std::unique_ptr<Running>> running_;
  std::map<TypeId, flow::FlowStatus> not_begun_;
  std::shared_ptr<Shared> shared_;  ///< For the sake of late timers.
  bool stopped_ = false;
};

}  // namespace remit::webhooks
