#pragma once

#include "kit/base/host.h"
#include "kit/sqlite/simulated/simulated_disk.h"
#include "lab/sim/disks.h"
#include "lab/sim/shipped_storage.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace remit::lab::sim {

/// The storage that ships, in files on a simulated disk whose calls may fail. A crash is the end of the processes, and
/// half of the time a power cut as well: what was not synced is kept, lost or torn then.
class FileDisks final : public Disks {
 public:
  /// What becomes of the next call. Of openings nobody is asked.
  using Faults = std::function<sqlite::DiskFault(const sqlite::DiskCall&)>;

  /// Of the journal itself and its WAL; its indexes are a cache.
  static bool is_journal(std::string_view path);

  /// `seed`: of what power cuts leave, and of when there are any.
  FileDisks(Host& host, std::uint64_t seed, Faults faults);
  ~FileDisks() override;

  journal::Journal& journal() override { return *storage_.journal; }
  engine::CheckpointStore& checkpoints() override { return *storage_.checkpoints; }
  flow::CheckpointTable& flow_checkpoints() override { return *storage_.flow_checkpoints; }
  std::string read_model_file() override;
  sqlite::Disk* read_model_disk() override { return &disk_; }
  void lose_read_model() override { ++read_models_; }
  void lose_checkpoints() override { checkpoints_lost_ = true; }
  void set_checkpoints_down(bool down) override { checkpoints_down_ = down; }
  void crash(Random& random) override;
  void restart() override;
  bool journal_failed() const override { return journal_failed_; }
  bool must_end() const override { return journal_failed_ || disk_.stopped(); }
  bool faulted() const override { return faulted_; }
  std::uint64_t tails_cut() const override { return 0; }

 private:
  sqlite::DiskFault fault_of(const sqlite::DiskCall& call);
  Result<void> open();

  Host& host_;
  SeededRandom random_;
  Faults faults_;
  sqlite::SimulatedDisk disk_;
  ShippedStorage storage_;
  std::uint64_t read_models_ = 0;
  bool checkpoints_lost_ = false;
  bool checkpoints_down_ = false;
  bool journal_failed_ = false;
  bool faulted_ = false;
  bool spared_ = false;
};

}  // namespace remit::lab::sim
