#include "kit/engine/staged_view.h"

#include "kit/base/planted.h"
#include "kit/engine/timer.h"

#include <fmt/format.h>

#include <bit>

namespace remit::engine {

void StagedView::begin(const CommandContext& context) {
  context_ = &context;
  mark_ = batch_.mark();
  cause_.reset();
  beyond_bound_.reset();
  states_.begin_command();
}

void StagedView::keep() {
  CHECK(!beyond_bound_, "a command beyond a bound stands");
  states_.keep_command();
  context_ = nullptr;
}

void StagedView::undo() {
  planted(Bug::RefusalLeavesStates) ? states_.keep_command() : states_.undo_command();
  batch_.rewind(mark_);
  context_ = nullptr;
}

void StagedView::emit_erased(const StreamId& stream, EventType type, const void* event,
                             EncodeErased encode) {
  CHECK(context_ != nullptr, "{} is emitted outside of a command", type.name);
  const EventKind& kind = kind_of(type);
  Slot& home = states_.obtain(stream);
  if (!cause_) {
    const TypeId& correlation =
        context_->correlation.empty() ? context_->command : context_->correlation;
    cause_ = batch_.add_cause(
        {context_->command, correlation, context_->client, context_->trace, context_->actor});
  }
  scratch_.clear();
  encode(event, scratch_);
  const EventContext context{stream, home.version.next(), batch_.next_position(), batch_.time(),
                             context_->client};
  const Version stored = planted(Bug::VersionGap) ? context.version.next() : context.version;
  batch_.add_event({stream, stored, kind.name, kind.schema, *cause_, scratch_});
  states_.apply(home, kind, event, context);
}

const EventKind& StagedView::kind_of(EventType type) {
  const auto address = std::bit_cast<std::uintptr_t>(type.name.data());
  KnownType& known = known_types_[(address ^ (address >> 6) ^ type.schema) % known_types_.size()];
  if (known.name != type.name.data() || known.schema != type.schema) {
    const EventKind* kind = registry_.find_event(type.name, type.schema);
    CHECK(kind != nullptr, "event {} schema {} is not registered", type.name, type.schema);
    known = {type.name.data(), type.schema, kind};
  }
  return *known.kind;
}

void StagedView::set_timer(const TimerKey& key, Timestamp due, EncodedCommand command) {
  CHECK(!key.owner.empty() && !key.label.empty() && key.label.size() <= kTimerLabelBytesMax,
        "a timer '{}' of {}", key.label, key.owner.to_string());
  CHECK(registry_.find_command(command.name) != nullptr, "command {} is not registered",
        command.name);
  const StreamId stream = timer_stream(key);
  const Timer* timer = find<Timer>(stream);
  const bool waits = timer != nullptr && timer->due;
  if (!waits && states_.timers().size() >= timers_max_) {
    beyond_bound_ = Error{ErrorCode::Unavailable,
                          "timers_full",
                          fmt::format("{} timers wait in this partition, which is the bound; try "
                                      "again later or raise timers_max.",
                                      timers_max_),
                          {},
                          nullptr};
    return;
  }
  const TypeId& correlation =
      context_->correlation.empty() ? context_->command : context_->correlation;
  emit(stream, TimerSet{key.owner, key.label, due, correlation, std::move(command.name),
                        std::move(command.payload)});
}

void StagedView::cancel_timer(const TimerKey& key) {
  const StreamId stream = timer_stream(key);
  const Timer* timer = find<Timer>(stream);
  if (timer == nullptr || !timer->due) return;
  emit(stream, TimerCancelled{key.owner, key.label});
}

}  // namespace remit::engine
