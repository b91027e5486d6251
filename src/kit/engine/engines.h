#pragma once

#include "kit/engine/engine.h"

#include <memory>
#include <optional>
#include <vector>

namespace remit::engine {

/// Who knows in which partition a client lives: the owner of clients, which journals the assignment in the system partition
/// when a client is made. Thread safe.
class PartitionDirectory {
 public:
  virtual ~PartitionDirectory() = default;
  virtual std::optional<journal::PartitionId> find(const ClientId& client) const = 0;
};

/// The partitions of one process on one journal: 0 is the system's, the others are the clients'. Owns their engines.
class Engines {
 public:
  static constexpr journal::PartitionId kSystem{0};

  struct Options {
    EngineOptions engine;
    std::size_t client_partitions = 1;  ///< At least 1. Partitions 1 to this number.
  };

  /// Opens all partitions; `registry` must outlive the result.
  static Result<std::unique_ptr<Engines>> open(const Registry& registry, Engine::Ports ports,
                                               const Options& options);

  Engine& system() { return *engines_.front(); }
  /// The engine of the client's partition; the system's for the empty id. With several client partitions the client must
  /// have been assigned, which whoever authenticated it has seen to.
  Engine& of(const ClientId& client);
  /// nullptr when this process does not have the partition.
  Engine* find(journal::PartitionId partition);
  const std::vector<std::unique_ptr<Engine>>& all() const { return engines_; }

  /// Where a new client is to live: the client partition with the fewest events. The caller journals its choice.
  journal::PartitionId least_loaded() const;
  /// Needed with more than one client partition. Must outlive this; set before `start`.
  void set_directory(const PartitionDirectory& directory) { directory_ = &directory; }

  void start();
  /// Admits nothing more anywhere and calls back when all that was admitted is answered.
  void drain(std::move_only_function<void()> done);
  void stop();

 private:
  Engines() = default;

  std::vector<std::unique_ptr<Engine>> engines_;  ///< By partition number.
  const PartitionDirectory* directory_ = nullptr;
};

}  // namespace remit::engine
