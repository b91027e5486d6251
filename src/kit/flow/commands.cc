#include "kit/flow/commands.h"

#include "kit/base/planted.h"
#include "kit/flow/limits.h"

#include <fmt/format.h>

namespace remit::flow {
namespace {

const Lane* find_lane(engine::View& view, const std::string& flow, const TypeId& key) {
  const FlowState* state = view.find<FlowState>(flow_id(flow));
  if (state == nullptr) return nullptr;
  const auto found = state->lanes.find(key.to_string());
  return found == state->lanes.end() ? nullptr : &found->second;
}

engine::TimerKey retry_timer(const std::string& flow, const TypeId& key) {
  return {TypeId::derive("lane", key, flow), "retry"};
}

/// Lets the next record of the key go, or takes the key out of trouble.
void advance(engine::View& view, const std::string& flow, const TypeId& key) {
  const Lane* lane = find_lane(view, flow, key);
  if (lane == nullptr) return;
  if (lane->waiting.empty()) {
    view.emit(flow_id(flow), LaneCleared{flow, key});
  } else {
    view.emit(flow_id(flow), RecordDue{flow, key, lane->waiting.front(), 0});
  }
}

Result<DeadLetter> open_dead_letter(engine::View& view, const TypeId& id) {
  const DeadLetter* letter =
      id.prefix() == DeadLetter::kPrefix ? view.find<DeadLetter>(id) : nullptr;
  if (letter == nullptr) {
    return fail(ErrorCode::NotFound, "dead_letter_not_found",
                fmt::format("No dead letter {} exists; list them with `remit deadletters list`.",
                            id.to_string()));
  }
  if (letter->status != DeadLetterStatus::Open) {
    return fail(ErrorCode::FailedPrecondition, "dead_letter_closed",
                fmt::format("Dead letter {} is already closed: {}.", id.to_string(),
                            letter->closed_because));
  }
  return *letter;
}

}  // namespace

TypeId dead_letter_id(std::string_view flow, Cursor cursor, std::uint32_t attempts) {
  return TypeId::derive(DeadLetter::kPrefix, as_bytes(flow),
                        fmt::format("{}/{}", cursor.value, attempts));
}

Result<Done> decide(engine::View& view, const ScheduleRetry& command) {
  const FlowState* state = view.find<FlowState>(flow_id(command.flow));
  const Lane* lane = find_lane(view, command.flow, command.key);
  if (lane == nullptr && state != nullptr && state->lanes.size() >= kLanesMax) {
    return fail(ErrorCode::LimitExceeded, "flow_lanes_full",
                fmt::format("Flow {} has {} keys in trouble, the most it may have; mend what "
                            "fails and redrive, or discard dead letters.",
                            command.flow, kLanesMax));
  }
  if (lane != nullptr && lane->head != command.cursor) {
    return decide(view, ParkRecord{command.flow, command.key, command.cursor});
  }
  view.emit(flow_id(command.flow),
            RetryScheduled{command.flow, command.key, command.cursor, command.attempts, command.due,
                           command.cause.substr(0, kCauseBytesMax)});
  if (planted(Bug::RetryNeverDue)) return Done{};
  view.set_timer(retry_timer(command.flow, command.key), command.due,
                 engine::encode_command(AnnounceRetry{command.flow, command.key, command.cursor}));
  return Done{};
}

Result<Done> decide(engine::View& view, const AnnounceRetry& command) {
  const Lane* lane = find_lane(view, command.flow, command.key);
  if (lane == nullptr || lane->status != LaneStatus::Retrying || lane->head != command.cursor) {
    return Done{};
  }
  view.emit(flow_id(command.flow),
            RecordDue{command.flow, command.key, command.cursor, lane->attempts});
  return Done{};
}

Result<Done> decide(engine::View& view, const ParkRecord& command) {
  const Lane* lane = find_lane(view, command.flow, command.key);
  if (lane == nullptr) {
    // The key came out of trouble in the meantime: the record is due at once, in its place.
    view.emit(flow_id(command.flow), RecordDue{command.flow, command.key, command.cursor, 0});
    return Done{};
  }
  const bool known = lane->head == command.cursor ||
                     std::ranges::find(lane->waiting, command.cursor) != lane->waiting.end();
  if (known) return Done{};
  if (lane->waiting.size() >= kWaitingRecordsMax) {
    return fail(ErrorCode::LimitExceeded, "flow_lane_full",
                fmt::format("{} records wait behind {} in flow {}, the most that may; redrive or "
                            "discard its dead letter.",
                            kWaitingRecordsMax, command.key.to_string(), command.flow));
  }
  view.emit(flow_id(command.flow), RecordParked{command.flow, command.key, command.cursor});
  return Done{};
}

Result<Done> decide(engine::View& view, const FinishRecord& command) {
  const Lane* lane = find_lane(view, command.flow, command.key);
  if (lane == nullptr || lane->head != command.cursor) return Done{};
  advance(view, command.flow, command.key);
  return Done{};
}

Result<Done> decide(engine::View& view, const CreateDeadLetter& command) {
  const TypeId id = dead_letter_id(command.flow, command.cursor, command.attempts);
  const Lane* lane = find_lane(view, command.flow, command.key);
  if (view.find<DeadLetter>(id) != nullptr) {
    // Said twice; or dead before a crash and handled again since: then nothing may hold the key.
    if (lane == nullptr) {
      view.emit(flow_id(command.flow), LaneCleared{command.flow, command.key});
    } else if (lane->head == command.cursor && lane->dead_letter != id) {
      advance(view, command.flow, command.key);
    }
    return Done{};
  }
  const bool heads_the_lane = lane == nullptr || lane->head == command.cursor;
  if (!heads_the_lane && command.policy == AfterDeadLetter::HoldKey) {
    // Another record of the key is in front: this one fails again, in its turn.
    return decide(view, ParkRecord{command.flow, command.key, command.cursor});
  }
  view.emit(id, DeadLetterCreated{command.flow, command.key, command.cursor, command.record_type,
                                  command.attempts, command.reason,
                                  command.message.substr(0, kCauseBytesMax), command.policy});
  if (command.policy == AfterDeadLetter::Skip && heads_the_lane)
    advance(view, command.flow, command.key);
  return Done{};
}

Result<Done> decide(engine::View& view, const PauseFlow& command) {
  const FlowState* state = view.find<FlowState>(flow_id(command.flow));
  if ((state != nullptr && state->paused) == command.paused) return Done{};
  view.emit(flow_id(command.flow), FlowPaused{command.flow, command.paused});
  return Done{};
}

Result<Done> decide(engine::View& view, const ThrottleFlow& command) {
  view.emit(flow_id(command.flow), FlowThrottled{command.flow, command.records_per_second_max});
  return Done{};
}

Result<DeadLetter> redrivable(engine::View& view, const RedriveDeadLetter& command) {
  DeadLetter letter = TRY(open_dead_letter(view, command.dead_letter));
  const Lane* lane = find_lane(view, letter.flow, letter.key);
  const bool holds = lane != nullptr && lane->dead_letter == command.dead_letter;
  if (lane != nullptr && !holds && !planted(Bug::RedrivePassesHeldKey)) {
    return fail(ErrorCode::FailedPrecondition, "key_busy",
                fmt::format("{} has another record under way in flow {}; try again when it is "
                            "done.",
                            letter.key.to_string(), letter.flow));
  }
  return letter;
}

Result<DeadLetter> discardable(engine::View& view, const DiscardDeadLetter& command) {
  if (command.because.empty()) {
    return fail(ErrorCode::InvalidArgument, "reason_missing",
                "Say why the dead letter is given up: --because \"...\".", "because");
  }
  return open_dead_letter(view, command.dead_letter);
}

Result<Done> decide(engine::View& view, const RedriveDeadLetter& command) {
  const DeadLetter letter = TRY(redrivable(view, command));
  view.emit(command.dead_letter, DeadLetterRedriven{command.because});
  view.emit(flow_id(letter.flow),
            RecordDue{letter.flow, letter.key, letter.cursor, letter.attempts});
  return Done{};
}

Result<Done> decide(engine::View& view, const DiscardDeadLetter& command) {
  const DeadLetter letter = TRY(discardable(view, command));
  view.emit(command.dead_letter, DeadLetterDiscarded{command.because});
  const Lane* lane = find_lane(view, letter.flow, letter.key);
  if (lane != nullptr && lane->dead_letter == command.dead_letter) {
    advance(view, letter.flow, letter.key);
  }
  return Done{};
}

}  // namespace remit::flow
