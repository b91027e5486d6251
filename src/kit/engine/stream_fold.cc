#include "kit/engine/stream_fold.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace remit::engine {
namespace {

/// The one entity that is folded; all others are scratch until the next event.
class LoneAccess final : public EntityAccess {
 public:
  LoneAccess(const Registry& registry, const TypeId& id, const EntityKind& kind)
      : registry_(registry), id_(id), kind_(kind) {}

  const void* find(const TypeId& id) override { return id == id_ ? state_.get() : scratch(id); }
  void* change(const TypeId& id) override {
    if (id != id_) return scratch(id);
    if (!state_) state_ = kind_.make();
    return state_.get();
  }

  void next_event() { scratch_.clear(); }
  std::shared_ptr<void> take() { return std::move(state_); }

 private:
  void* scratch(const TypeId& id) {
    for (const auto& [other, state] : scratch_) {
      if (other == id) return state.get();
    }
    const EntityKind* kind = registry_.find_entity(id.prefix());
    CHECK(kind != nullptr, "{} is of no registered kind", id.to_string());
    return scratch_.emplace_back(id, kind->make()).second.get();
  }

  const Registry& registry_;
  const TypeId id_;
  const EntityKind& kind_;
  std::shared_ptr<void> state_;
  std::vector<std::pair<TypeId, std::shared_ptr<void>>> scratch_;
};

}  // namespace

EventContext context_of(const journal::Event& event) {
  return {event.stream, event.version, event.position, event.time, event.cause.client};
}

std::unexpected<Error> unknown_event_type(std::string_view type, std::uint32_t schema) {
  return fail(ErrorCode::Unsupported, "unknown_event_type",
              fmt::format("The journal holds {} schema {}, which this version does not know; run "
                          "the version that wrote it, or a newer one.",
                          type, schema));
}

Result<FoldedEntity> fold_stream(const Registry& registry, journal::Journal& journal,
                                 journal::PartitionId partition, const StreamId& stream,
                                 std::optional<Position> before) {
  const EntityKind* kind = registry.find_entity(stream.prefix());
  CHECK(kind != nullptr, "{} is of no registered kind", stream.to_string());
  LoneAccess access(registry, stream, *kind);
  Changes changes(access);
  Version version;
  while (true) {
    const auto page = TRY(journal.read_stream(partition, stream, version.next(), {}));
    for (const journal::Event& event : page) {
      if (before && event.position >= *before) return FoldedEntity{access.take(), version};
      if (event.stream != stream || event.version != version.next()) {
        return fail(ErrorCode::Corrupt, "stream_has_a_gap",
                    fmt::format("Stream {} has version {} behind {}; run `remit verify`.",
                                stream.to_string(), event.version.value, version.value));
      }
      const EventKind* event_kind = registry.find_event(event.type, event.schema);
      if (event_kind == nullptr) return unknown_event_type(event.type, event.schema);
      access.next_event();
      if (auto done = event_kind->evolve(changes, event.payload, context_of(event)); !done) {
        return std::unexpected(std::move(done).error());
      }
      version = event.version;
    }
    if (page.empty()) return FoldedEntity{access.take(), version};
  }
}

}  // namespace remit::engine
