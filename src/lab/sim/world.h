#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/manual_host.h"
#include "kit/base/random.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/engine/registry.h"
#include "kit/flow/checkpoints.h"
#include "kit/journal/memory/memory_journal.h"
#include "lab/sim/model_rail.h"
#include "lab/sim/process.h"
#include "lab/sim/rates.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace remit::lab::sim {

/// Everything that exists in one simulated world, from one seed: disks, bank, clock, and the process that runs on them. All
/// of it takes place on the caller's thread in virtual time, so that the same seed is the same history, event by event.
class World {
 public:
  static constexpr journal::PartitionId kPartition{1};

  explicit World(std::uint64_t seed, bool with_faults = true);

  /// The process dies, and the one it took over from with it; another one starts on what the disks hold.
  void crash();
  /// A second process takes over though the first one lives on and does not know it yet, until the next crash.
  void split();
  /// No fault happens any more.
  void heal();
  /// Lets somebody have a turn, or a moment pass, with the faults that come of it.
  void turn();

  engine::Engine& engine() { return process_->engine(); }
  Process& process() { return *process_; }
  TypeId id(std::string_view prefix) { return TypeId::make(prefix, host.clock().now(), random); }
  std::uint64_t crashes() const { return crashes_; }
  std::uint64_t splits() const { return splits_; }

  ManualHost host;
  SeededRandom random;
  Rates rates;
  journal::MemoryJournal journal;
  engine::MemoryCheckpointStore checkpoints;
  flow::MemoryCheckpointTable flow_checkpoints;
  engine::Registry registry;
  SeededEntropy entropy;
  codec::MemoryKeyring keyring{entropy};
  codec::Sealer sealer{keyring, entropy};
  ModelRail rail{host, random, rates};

 private:
  void open();
  void jump_clock();
  journal::AppendFault drawn_fault();
  Duration drawn_delay();

  payments::Rails rails_;
  std::unique_ptr<Process> overtaken_;  ///< Lives on without its partition.
  std::unique_ptr<Process> process_;
  Duration wall_offset_{};
  std::uint64_t crashes_ = 0;
  std::uint64_t splits_ = 0;
};

}  // namespace remit::lab::sim
