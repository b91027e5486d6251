#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/manual_host.h"
#include "kit/base/random.h"
#include "kit/engine/registry.h"
#include "kit/sqlite/simulated/simulated_disk.h"
#include "lab/sim/disks.h"
#include "lab/sim/model_bank.h"
#include "lab/sim/network.h"
#include "lab/sim/process.h"
#include "lab/sim/rates.h"
#include "lab/sim/receiver.h"
#include "lab/sim/sometimes.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace remit::lab::sim {

/// Everything that exists in one simulated world, from one seed: disks, network, bank, receiver, clock, and the process that
/// runs among them. All of it takes place on the caller's thread in virtual time, so that the same seed is the same history,
/// event by event. Each part draws from a stream of its own: the rates of what is left
/// out are drawn all the same.
class World {
 public:
  static constexpr journal::PartitionId kPartition{1};

  /// `unknown_permille`: as in Options.
  World(std::uint64_t seed, const FaultMask& without, std::uint32_t unknown_permille = 0);
  ~World();

  /// The process dies, and the one it took over from with it; another one starts on what the disks hold.
  void crash();
  /// A second process takes over though the first one lives on and does not know it yet, until the next crash.
  void split();
  /// The process stands still for up to minutes; sometimes another one has taken over when it goes on.
  void pause();
  /// No fault happens any more.
  void heal();
  /// Lets somebody have a turn, or a moment pass, with the faults that come of it.
  void turn();

  /// Of the process that has the partition.
  engine::Engine& engine() { return process_->engine(); }
  Process& process() { return *process_; }
  /// The one that a client happens to reach: sometimes one that was overtaken.
  engine::Engine& engine_reached();
  TypeId id(std::string_view prefix) { return TypeId::make(prefix, host.clock().now(), random); }
  std::uint64_t crashes() const { return crashes_; }
  std::uint64_t splits() const { return splits_; }

  ManualHost host;
  SeededRandom random;        ///< For whoever acts.
  SeededRandom fault_random;  ///< For what befalls processes.
  SeededRandom disk_random;
  SeededRandom network_random;
  SeededRandom bank_random;
  SeededRandom receiver_random;
  Sometimes sometimes;
  Rates rates;
  engine::Registry registry;
  SeededEntropy entropy;
  codec::MemoryKeyring keyring{entropy};
  codec::Sealer sealer{keyring, entropy};
  std::unique_ptr<Disks> disks;
  Network network{host, network_random, rates.network};
  ModelBank bank;
  Receiver receiver;
  webhooks::DeliveryPolicy webhook_policy;

 private:
  struct UnknownAppend {
    std::uint64_t life = 0;
    bool durable = false;
  };

  void open();
  Result<void> try_open();
  void let_time_pass();
  void jump_clock();
  void cut_network();
  /// What a process was found to be when it ended.
  void note_end(const Process& process, bool was_paused);
  /// The disk has no room for up to a minute.
  void fill_disk();
  std::unique_ptr<Disks> make_disks(std::uint64_t seed);
  journal::AppendFault drawn_append_fault();
  sqlite::DiskFault drawn_disk_fault(const sqlite::DiskCall& call);
  Duration drawn_delay();

  std::unique_ptr<Process> overtaken_;  ///< Lives on without its partition.
  std::unique_ptr<Process> process_;
  bool overtaken_was_paused_ = false;
  std::optional<UnknownAppend> unknown_append_;
  Duration wall_offset_{};
  bool disk_is_full_ = false;
  bool processes_run_ = false;     ///< Otherwise somebody looks, or they start.
  std::uint64_t had_no_room_ = 0;  ///< The life whose journal found none since its last commit.
  std::uint64_t lives_ = 0;
  std::uint64_t crashes_ = 0;
  std::uint64_t splits_ = 0;
};

}  // namespace remit::lab::sim
