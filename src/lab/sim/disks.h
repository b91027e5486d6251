#pragma once

#include "kit/base/host.h"
#include "kit/base/random.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/flow/checkpoints.h"
#include "kit/journal/memory/memory_journal.h"
#include "kit/sqlite/database.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace remit::lab::sim {

/// What outlives the processes of a world: where they store. One partition's journal, the checkpoints of its states and
/// flows, and the file of the read model.
class Disks {
 public:
  /// What goes wrong with the next append, and how long it takes.
  struct Faults {
    std::function<journal::AppendFault()> append;
    std::function<Duration()> delay;
  };

  virtual ~Disks() = default;
  virtual journal::Journal& journal() = 0;
  virtual engine::CheckpointStore& checkpoints() = 0;
  virtual flow::CheckpointTable& flow_checkpoints() = 0;
  /// Of the process that is opened next.
  virtual std::string read_model_file() = 0;
  /// The next process has another machine, or its disk was lost: the read model is begun anew.
  virtual void lose_read_model() = 0;
  virtual void lose_checkpoints() = 0;
  /// While true the states' checkpoints cannot be reached.
  virtual void set_checkpoints_down(bool down) = 0;
  /// All processes die while the disks are at work.
  virtual void crash(Random& random) = 0;
  /// Records that a crash left half written and that were cut off.
  virtual std::uint64_t tails_cut() const = 0;
};

/// SQLite's own memory by a name that nobody has had: a file for as long as somebody has it open.
std::string unused_memory_file();

/// Disks in memory.
class MemoryDisks final : public Disks {
 public:
  MemoryDisks(Host& host, Faults faults);

  journal::Journal& journal() override { return journal_; }
  engine::CheckpointStore& checkpoints() override { return checkpoints_; }
  flow::CheckpointTable& flow_checkpoints() override { return flow_checkpoints_; }
  std::string read_model_file() override;
  void lose_read_model() override;
  void lose_checkpoints() override;
  void set_checkpoints_down(bool down) override { checkpoints_.set_unavailable(down); }
  void crash(Random& random) override { journal_.crash(random); }
  std::uint64_t tails_cut() const override { return journal_.tails_cut(); }

 private:
  journal::MemoryJournal journal_;
  engine::MemoryCheckpointStore checkpoints_;
  flow::MemoryCheckpointTable flow_checkpoints_;
  std::string read_model_file_;
  /// A database in memory lives for as long as somebody has it open.
  std::optional<sqlite::Database> read_model_;
};

}  // namespace remit::lab::sim
