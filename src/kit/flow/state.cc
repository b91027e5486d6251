#include "kit/flow/state.h"

#include "kit/flow/commands.h"

#include <algorithm>

namespace remit::flow {
namespace {

FlowState& state_of(engine::Changes& changes, const std::string& flow) {
  FlowState& state = changes.change<FlowState>(flow_id(flow));
  state.name = flow;
  return state;
}

Lane& lane_of(engine::Changes& changes, const std::string& flow, const TypeId& key) {
  return state_of(changes, flow).lanes[key.to_string()];
}

}  // namespace

TypeId flow_id(std::string_view name) {
  return TypeId::derive(FlowState::kPrefix, as_bytes(name), "flow");
}

void evolve(engine::Changes& changes, const RetryScheduled& event, const engine::EventContext&) {
  Lane& lane = lane_of(changes, event.flow, event.key);
  lane.status = LaneStatus::Retrying;
  lane.head = event.cursor;
  lane.attempts = event.attempts;
  lane.due = event.due;
  lane.cause = event.cause;
}

void evolve(engine::Changes& changes, const RecordParked& event, const engine::EventContext&) {
  // In the order of the source: after a crash earlier records may be parked after later ones.
  std::vector<Cursor>& waiting = lane_of(changes, event.flow, event.key).waiting;
  waiting.insert(std::ranges::lower_bound(waiting, event.cursor), event.cursor);
}

void evolve(engine::Changes& changes, const RecordDue& event, const engine::EventContext& context) {
  Lane& lane = lane_of(changes, event.flow, event.key);
  std::erase(lane.waiting, event.cursor);
  lane.status = LaneStatus::Due;
  lane.head = event.cursor;
  lane.attempts = event.attempts;
  lane.due = context.time;
  lane.dead_letter = TypeId();
  lane.announced_at = Cursor(context.position.value);
}

void evolve(engine::Changes& changes, const LaneCleared& event, const engine::EventContext&) {
  state_of(changes, event.flow).lanes.erase(event.key.to_string());
}

void evolve(engine::Changes& changes, const FlowPaused& event, const engine::EventContext&) {
  state_of(changes, event.flow).paused = event.paused;
}

void evolve(engine::Changes& changes, const FlowThrottled& event, const engine::EventContext&) {
  state_of(changes, event.flow).records_per_second_max = event.records_per_second_max;
}

void evolve(engine::Changes& changes, const DeadLetterCreated& event,
            const engine::EventContext& context) {
  changes.change<DeadLetter>(context.stream) = DeadLetter{.id = context.stream,
                                                          .flow = event.flow,
                                                          .key = event.key,
                                                          .cursor = event.cursor,
                                                          .record_type = event.record_type,
                                                          .attempts = event.attempts,
                                                          .reason = event.reason,
                                                          .message = event.message,
                                                          .status = DeadLetterStatus::Open,
                                                          .created_at = context.time,
                                                          .closed_at = {},
                                                          .closed_because = {}};
  if (event.policy == AfterDeadLetter::Skip) return;
  Lane& lane = lane_of(changes, event.flow, event.key);
  lane.status = LaneStatus::Held;
  lane.head = event.cursor;
  lane.attempts = event.attempts;
  lane.cause = event.message;
  lane.dead_letter = context.stream;
}

void evolve(engine::Changes& changes, const DeadLetterRedriven& event,
            const engine::EventContext& context) {
  DeadLetter& letter = changes.change<DeadLetter>(context.stream);
  letter.status = DeadLetterStatus::Redriven;
  letter.closed_at = context.time;
  letter.closed_because = event.because;
}

void evolve(engine::Changes& changes, const DeadLetterDiscarded& event,
            const engine::EventContext& context) {
  DeadLetter& letter = changes.change<DeadLetter>(context.stream);
  letter.status = DeadLetterStatus::Discarded;
  letter.closed_at = context.time;
  letter.closed_because = event.because;
}

void register_kinds(engine::Registry& registry) {
  registry.entity<FlowState>();
  registry.entity<DeadLetter>();
  registry.event<RetryScheduled>();
  registry.event<RecordParked>();
  registry.event<RecordDue>();
  registry.event<LaneCleared>();
  registry.event<FlowPaused>();
  registry.event<FlowThrottled>();
  registry.event<DeadLetterCreated>();
  registry.event<DeadLetterRedriven>();
  registry.event<DeadLetterDiscarded>();
  registry.command<ScheduleRetry>();
  registry.command<AnnounceRetry>();
  registry.command<ParkRecord>();
  registry.command<FinishRecord>();
  registry.command<CreateDeadLetter>();
  registry.command<PauseFlow>();
  registry.command<ThrottleFlow>();
  registry.command<RedriveDeadLetter>();
  registry.command<DiscardDeadLetter>();
}

}  // namespace remit::flow
