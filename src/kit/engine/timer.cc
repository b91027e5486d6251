#include "kit/engine/timer.h"

#include <fmt/format.h>

namespace remit::engine {

StreamId timer_stream(const TimerKey& key) {
  return TypeId::derive(Timer::kPrefix, key.owner, key.label);
}

void evolve(Changes& changes, const TimerSet& event, const EventContext& context) {
  changes.change<Timer>(context.stream) =
      Timer{event.owner,
            event.label,
            event.due,
            context.client,
            event.correlation,
            TypeId::derive("cmd", context.stream, fmt::format("{}", context.version.value)),
            event.command,
            event.payload};
}

void evolve(Changes& changes, const TimerCancelled& event, const EventContext& context) {
  changes.change<Timer>(context.stream) = Timer{.owner = event.owner, .label = event.label};
}

void evolve(Changes& changes, const TimerFired& event, const EventContext& context) {
  changes.change<Timer>(context.stream) = Timer{.owner = event.owner, .label = event.label};
}

}  // namespace remit::engine
