#pragma once

#include "kit/base/result.h"
#include "kit/flow/record.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace remit::flow {

/// How far an effect flow has come, and what it needs to find a record that ends its process.
struct Checkpoint {
  Cursor cursor;             ///< All records up to here are finished.
  std::uint32_t starts = 0;  ///< Starts of the flow since the cursor last moved.
  Cursor suspect;            ///< What was read and is under way when going one by one; 0 for none.
  std::uint32_t suspect_starts = 0;  ///< How often the process ended with that record under way.
};

/// The port to where effect flows keep their checkpoints. May lag behind what happened, never run ahead: effects are
/// guarded by their owners' state. (A derived flow keeps its checkpoint with its rows instead.)
class CheckpointTable {
 public:
  virtual ~CheckpointTable() = default;
  /// Zeroes for a flow that never ran.
  virtual Result<Checkpoint> load(std::string_view flow) = 0;
  virtual Result<void> save(std::string_view flow, const Checkpoint& checkpoint) = 0;
};

/// For simulation: survives the flow, not the process.
class MemoryCheckpointTable final : public CheckpointTable {
 public:
  Result<Checkpoint> load(std::string_view flow) override;
  Result<void> save(std::string_view flow, const Checkpoint& checkpoint) override;

 private:
  std::mutex mutex_;
  std::map<std::string, Checkpoint, std::less<>> rows_;
};

}  // namespace remit::flow
