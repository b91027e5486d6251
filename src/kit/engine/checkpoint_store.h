#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"
#include "kit/journal/journal.h"

#include <optional>
#include <string_view>
#include <vector>

namespace remit::engine {

/// Up to where the stored states are equal to a fold of the journal. Zeroes: nothing is stored.
struct CheckpointMark {
  journal::Sequence sequence;
  journal::Position position;
  Timestamp time;
  Hash256
      chain{};  ///< Of the journal at that sequence: a store that belongs to another history is refused.
};

/// A state at the mark. An absent `state` removes it.
struct StoredEntity {
  TypeId id;
  journal::Version version;  ///< Of the entity's stream at the mark.
  std::optional<Bytes> state;
};

/// The port to where states are kept between runs. A cache of the journal: losing it costs time, never truth.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  virtual Result<CheckpointMark> latest(journal::PartitionId partition) = 0;
  virtual Result<std::optional<StoredEntity>> load(journal::PartitionId partition,
                                                   const TypeId& id) = 0;
  /// Moves the mark, never back (Fenced `partition_fenced`), and stores the entities that changed since it, all or nothing.
  virtual Result<void> save(journal::PartitionId partition, const CheckpointMark& mark,
                            const std::vector<StoredEntity>& changed) = 0;
  /// The entities whose id has the prefix, in id order, page by page; `after` is the last one seen.
  virtual Result<std::vector<StoredEntity>> scan(journal::PartitionId partition,
                                                 std::string_view prefix, const TypeId& after,
                                                 std::size_t count_max) = 0;
  /// Forgets everything of the partition.
  virtual Result<void> clear(journal::PartitionId partition) = 0;
};

}  // namespace remit::engine
