#pragma once

#include "kit/engine/batch.h"
#include "kit/engine/states.h"

#include <array>
#include <optional>

namespace remit::engine {

/// What `decide` sees: the staged states, and the batch that its events go into. Made anew for each batch.
class StagedView final : public View {
 public:
  StagedView(const Registry& registry, States& states, Batch& batch, std::size_t timers_max)
      : registry_(registry), states_(states), batch_(batch), timers_max_(timers_max) {}

  /// All that follows, until `keep` or `undo`, belongs to one command.
  void begin(const CommandContext& context);
  void keep();
  void undo();
  /// Set when the command went beyond a bound of the engine; it must then be undone whatever it answers.
  const std::optional<Error>& beyond_bound() const { return beyond_bound_; }

  Timestamp now() const override { return batch_.time(); }
  const CommandContext& context() const override { return *context_; }
  void set_timer(const TimerKey& key, Timestamp due, EncodedCommand command) override;
  void cancel_timer(const TimerKey& key) override;

 private:
  struct KnownType {
    const char* name = nullptr;
    std::uint32_t schema = 0;
    const EventKind* kind = nullptr;
  };
  EntityAccess& access() override { return states_; }
  void emit_erased(const StreamId& stream, EventType type, const void* event,
                   EncodeErased encode) override;
  const EventKind& kind_of(EventType type);

  const Registry& registry_;
  States& states_;
  Batch& batch_;
  const std::size_t timers_max_;
  const CommandContext* context_ = nullptr;
  Batch::Mark mark_;
  std::optional<std::uint32_t> cause_;
  std::optional<Error> beyond_bound_;
  Bytes scratch_;
  std::array<KnownType, 64> known_types_{};  ///< By the address of the name, which is static.
};

}  // namespace remit::engine
