#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/host.h"
#include "kit/base/random.h"
#include "kit/engine/engine.h"
#include "kit/flow/checkpoints.h"
#include "kit/flow/effect_flow.h"
#include "pay/payments/payment_effect.h"

#include <memory>
#include <vector>

namespace remit::lab::sim {

/// One life of the server: an engine and the five flows of payments on one partition, as `remit serve` puts them together.
/// When it is destroyed the process dies: nothing of it reaches a disk any more.
class Process {
 public:
  /// What outlives processes.
  struct Ports {
    const engine::Registry& registry;
    journal::Journal& journal;
    engine::CheckpointStore& checkpoints;
    flow::CheckpointTable& flow_checkpoints;
    Host& host;
    Random& random;
    const payments::Rails& rails;
    codec::Sealer& sealer;
  };
  /// Fails as opening the engine and starting the flows do.
  static Result<std::unique_ptr<Process>> open(Ports ports, journal::PartitionId partition);
  /// Without an engine yet; `open` is what makes a whole one.
  Process(Ports ports, journal::PartitionId partition);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  engine::Engine& engine() { return *engine_; }
  /// The journal has something new.
  void wake();
  std::vector<flow::FlowStatus> statuses() const;

 private:
  class MortalTable;
  template <class E>
  Result<void> start_flow(Ports ports);

  flow::JournalSource source_;
  std::unique_ptr<MortalTable> table_;
  // The engine's end calls back into the effects; flows end first, engine second, effects last.
  std::vector<std::unique_ptr<payments::PaymentEffect>> effects_;
  std::unique_ptr<engine::Engine> engine_;
  std::vector<std::unique_ptr<flow::EffectFlow>> flows_;
};

}  // namespace remit::lab::sim
