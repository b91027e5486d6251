#pragma once

#include "kit/engine/checkpoint_store.h"
#include "kit/engine/engine.h"
#include "kit/engine/registry.h"
#include "kit/journal/journal.h"

#include <functional>
#include <optional>
#include <string>

namespace remit::engine {

/// An entity that is not what the journal says.
struct FoldDifference {
  enum class Where : std::uint8_t { Checkpoint = 1, Engine = 2 };
  Where where = Where::Checkpoint;
  TypeId entity;
  Version version;        ///< Of its stream, by the fold.
  Version found_version;  ///< As the checkpoint has it; the engine is not asked for it.
  std::string folded;     ///< JSON, or "absent".
  std::string found;      ///< JSON, or "absent".
};

/// What a fold of the whole journal has proved.
struct FoldReport {
  journal::Head head;
  CheckpointMark checkpoint;  ///< Zeroes when none is stored: then nothing was compared with it.
  std::uint64_t events = 0;
  std::uint64_t compared_with_checkpoint = 0;
  std::uint64_t compared_with_engine = 0;
  std::optional<FoldDifference> difference;  ///< The first one.
};

struct FoldOptions {
  /// To compare a running engine as well: call `verify_fold` within Engine::query and pass its view. Nothing may be under
  /// way, or it fails with Unavailable `engine_busy`.
  ReadView* live = nullptr;
  /// Called after each page with how far the fold has come and where it will end.
  std::function<void(Position done, Position end)> progress;
  /// Called at the end with each state, folded from zero, that checkpoints hold: those of LoadPolicy::Snapshot, and timers.
  std::function<void(const TypeId& id, const void* state)> visit;
  /// Folded entities kept in memory beside those that checkpoints hold, all of which are kept.
  std::size_t entities_max = 500'000;
};

/// Folds a partition's journal from zero into fresh states, and proves that the stored checkpoint, and the live engine if
/// one is given, are equal to it. Fails with Corrupt when the journal itself does not hold together.
Result<FoldReport> verify_fold(const Registry& registry, journal::Journal& journal,
                               CheckpointStore& checkpoints, journal::PartitionId partition,
                               const FoldOptions& options = {});

}  // namespace remit::engine
