#pragma once

#include "kit/engine/registry.h"
#include "kit/journal/journal.h"

#include <memory>
#include <optional>

namespace remit::engine {

/// A state as its own stream tells it.
struct FoldedEntity {
  std::shared_ptr<void> state;  ///< Null: no event of its own ever made it.
  Version version;
};

/// Folds one stream alone: reads its events from the first on, up to but not including the position `before` if given, and
/// applies those. Other entities that an `evolve` asks for are scratch states, made by default and thrown away.
Result<FoldedEntity> fold_stream(const Registry& registry, journal::Journal& journal,
                                 journal::PartitionId partition, const StreamId& stream,
                                 std::optional<Position> before);

/// The context that `evolve` sees for a stored event.
EventContext context_of(const journal::Event& event);

/// Unsupported `unknown_event_type`: the journal was written by a newer version.
std::unexpected<Error> unknown_event_type(std::string_view type, std::uint32_t schema);

}  // namespace remit::engine
