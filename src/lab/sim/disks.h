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
/// flows, and the file of the read model. What is named here is that of the processes that live: it changes with `restart`.
class Disks {
 public:
  virtual ~Disks() = default;
  virtual journal::Journal& journal() = 0;
  virtual engine::CheckpointStore& checkpoints() = 0;
  virtual flow::CheckpointTable& flow_checkpoints() = 0;
  /// Of the process that is opened next.
  virtual std::string read_model_file() = 0;
  /// Where that file is; null for SQLite's own idea of its name.
  virtual sqlite::Disk* read_model_disk() = 0;
  /// The next process has another machine, or its disk was lost: the read model is begun anew.
  virtual void lose_read_model() = 0;
  /// Between a crash and the restart behind it.
  virtual void lose_checkpoints() = 0;
  /// While true the states' checkpoints cannot be reached.
  virtual void set_checkpoints_down(bool down) = 0;
  /// All processes die while the disks are at work.
  virtual void crash(Random& random) = 0;
  /// Before the first process, and behind each crash: they are gone, and the next ones find what they left.
  virtual void restart() = 0;
  /// The journal's disk failed: nobody knows what it holds.
  virtual bool journal_failed() const = 0;
  /// Every process must end, of that or because one was stopped in the midst of a call.
  virtual bool must_end() const = 0;
  /// Something failed since the restart, so that a process may be unable to start.
  virtual bool faulted() const = 0;
  /// Records that a crash left half written and that were cut off.
  virtual std::uint64_t tails_cut() const = 0;
};

/// SQLite's own memory by a name that nobody has had: a file for as long as somebody has it open.
std::string unused_memory_file();

/// Stores in memory, whose appends go wrong on demand.
class MemoryDisks final : public Disks {
 public:
  /// What goes wrong with the next append, and how long it takes.
  struct Faults {
    std::function<journal::AppendFault()> append;
    std::function<Duration()> delay;
  };
  MemoryDisks(Host& host, Faults faults);

  journal::Journal& journal() override { return journal_; }
  engine::CheckpointStore& checkpoints() override { return checkpoints_; }
  flow::CheckpointTable& flow_checkpoints() override { return flow_checkpoints_; }
  std::string read_model_file() override;
  sqlite::Disk* read_model_disk() override { return nullptr; }
  void lose_read_model() override;
  void lose_checkpoints() override;
  void set_checkpoints_down(bool down) override { checkpoints_.set_unavailable(down); }
  void crash(Random& random) override { journal_.crash(random); }
  void restart() override {}
  bool journal_failed() const override { return false; }
  bool must_end() const override { return false; }
  bool faulted() const override { return false; }
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
