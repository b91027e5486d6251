#include "lab/sim/disks.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <atomic>

namespace remit::lab::sim {

std::string unused_memory_file() {
  // No world sees the name.
  static std::atomic<std::uint64_t> last = 0;
  return fmt::format("file:/remit-sim-{}?vfs=memdb", ++last);
}

MemoryDisks::MemoryDisks(Host& host, Faults faults) : journal_(host, std::chrono::milliseconds(1)) {
  journal_.set_faults(std::move(faults.append));
  journal_.set_delays(std::move(faults.delay));
  lose_read_model();
}

std::string MemoryDisks::read_model_file() {
  return read_model_file_;
}

void MemoryDisks::lose_read_model() {
  read_model_file_ = unused_memory_file();
  Result<sqlite::Database> opened = sqlite::Database::open(read_model_file_, {});
  CHECK(opened.has_value(), "no database in memory: {}", opened.error().describe());
  read_model_.emplace(*std::move(opened));
}

void MemoryDisks::lose_checkpoints() {
  checkpoints_.set_unavailable(false);
  CHECK(checkpoints_.clear(journal::PartitionId(1)).has_value(), "a store in memory forgets");
}

}  // namespace remit::lab::sim
