#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/manual_host.h"
#include "kit/base/random.h"
#include "kit/engine/registry.h"
#include "kit/sqlite/simulated/simulated_disk.h"
#include "lab/sim/invariants.h"
#include "lab/sim/storage/steady_bank.h"
#include "pay/payments/payment_effect.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remit::lab::sim {

/// The server's engine and flows on the storage that ships, over a simulated disk and in virtual time, with a client that
/// wants a number of payments made and repeats each request until it is answered, and payers who approve.
///
/// One run is one history: steps are counted (each call that changes the disk, each order that reaches the bank), and at the
/// step of a number the process ends and another one starts.
class StorageWorld {
 public:
  struct Options {
    std::uint64_t payments = 50;
    std::uint64_t crash_at = ~std::uint64_t{0};
    bool power_cut = true;   ///< Otherwise the process alone ends.
    std::uint64_t seed = 1;  ///< Of what a power cut leaves.
  };
  explicit StorageWorld(Options options);
  ~StorageWorld();
  StorageWorld(const StorageWorld&) = delete;
  StorageWorld& operator=(const StorageWorld&) = delete;

  /// Until every payment has come to its end, or virtual hours are over. What is wrong then, or was behind a crash with the
  /// journal and its fold; or nothing.
  std::optional<std::string> run();

  std::uint64_t steps() const { return steps_; }
  std::uint64_t crashes() const { return crashes_; }
  std::uint64_t sends() const { return sends_; }

 private:
  class Process;
  struct Request {
    std::string key;
    std::int64_t pence = 0;
    bool under_way = false;
    TypeId acknowledged;
  };

  bool count_step();
  void open();
  void crash();
  void send(Request& request);
  void meet_payers();
  void approve(const TypeId& payer, std::string state);
  bool turn();
  bool is_done();
  Snapshot take_snapshot();
  std::optional<std::string> find_fault();
  void look_at_storage();

  const Options options_;
  ManualHost host_;
  SeededRandom random_{1};
  SeededEntropy entropy_{1};
  codec::MemoryKeyring keyring_{entropy_};
  codec::Sealer sealer_{keyring_, entropy_};
  engine::Registry registry_;
  sqlite::SimulatedDisk disk_;
  SteadyBank bank_;
  payments::Rails rails_;
  ClientId client_{"cli", {1}};
  std::vector<Request> requests_;
  std::unique_ptr<Process> process_;
  std::string contradiction_;
  std::optional<std::string> fault_of_storage_;
  std::uint64_t observed_ = 0;
  std::map<TypeId, TypeId> payers_;  ///< By payment.
  std::uint64_t steps_ = 0;
  std::uint64_t crashes_ = 0;
  std::uint64_t sends_ = 0;
};

}  // namespace remit::lab::sim
