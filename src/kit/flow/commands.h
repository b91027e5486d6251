#pragma once

#include "kit/flow/state.h"

namespace remit::flow {

/// What a command of this folder answers: nothing beyond that it happened.
struct Done {};
BOOST_DESCRIBE_STRUCT(Done, (), ())

/// The record failed in passing: handle it again at `due`. Later records of its key wait.
struct ScheduleRetry {
  static constexpr std::string_view kName = "flow.schedule_retry";
  using Answer = Done;
  std::string flow;
  TypeId key;
  Cursor cursor;
  std::uint32_t attempts = 0;  ///< Including the one that failed now.
  Timestamp due;
  std::string cause;
};
BOOST_DESCRIBE_STRUCT(ScheduleRetry, (), (flow, key, cursor, attempts, due, cause))

/// Issued by the timer of a retry.
struct AnnounceRetry {
  static constexpr std::string_view kName = "flow.announce_retry";
  using Answer = Done;
  std::string flow;
  TypeId key;
  Cursor cursor;
};
BOOST_DESCRIBE_STRUCT(AnnounceRetry, (), (flow, key, cursor))

/// The record's key is in trouble: it waits behind the head.
struct ParkRecord {
  static constexpr std::string_view kName = "flow.park_record";
  using Answer = Done;
  std::string flow;
  TypeId key;
  Cursor cursor;
};
BOOST_DESCRIBE_STRUCT(ParkRecord, (), (flow, key, cursor))

/// The head of a key in trouble was handled: the next one is due, or the key is out of trouble.
struct FinishRecord {
  static constexpr std::string_view kName = "flow.finish_record";
  using Answer = Done;
  std::string flow;
  TypeId key;
  Cursor cursor;
};
BOOST_DESCRIBE_STRUCT(FinishRecord, (), (flow, key, cursor))

/// The record failed for good.
struct CreateDeadLetter {
  static constexpr std::string_view kName = "flow.create_dead_letter";
  using Answer = Done;
  std::string flow;
  TypeId key;
  Cursor cursor;
  std::string record_type;
  std::uint32_t attempts = 0;
  std::string reason;
  std::string message;
  AfterDeadLetter policy = AfterDeadLetter::HoldKey;
};
BOOST_DESCRIBE_STRUCT(CreateDeadLetter, (),
                      (flow, key, cursor, record_type, attempts, reason, message, policy))

/// An operator's word: stop or go on handling records. What is under way is finished.
struct PauseFlow {
  static constexpr std::string_view kName = "flow.pause";
  using Answer = Done;
  std::string flow;
  bool paused = true;
};
BOOST_DESCRIBE_STRUCT(PauseFlow, (), (flow, paused))

/// An operator's word: at most so many records a second; 0 lifts it.
struct ThrottleFlow {
  static constexpr std::string_view kName = "flow.throttle";
  using Answer = Done;
  std::string flow;
  std::uint32_t records_per_second_max = 0;
};
BOOST_DESCRIBE_STRUCT(ThrottleFlow, (), (flow, records_per_second_max))

/// Handle a dead letter's record once more, in its place in the order of its key.
struct RedriveDeadLetter {
  static constexpr std::string_view kName = "deadletter.redrive";
  using Answer = Done;
  TypeId dead_letter;
  std::string because;
};
BOOST_DESCRIBE_STRUCT(RedriveDeadLetter, (), (dead_letter, because))

/// Give a dead letter up. What waits behind it goes on.
struct DiscardDeadLetter {
  static constexpr std::string_view kName = "deadletter.discard";
  using Answer = Done;
  TypeId dead_letter;
  std::string because;
};
BOOST_DESCRIBE_STRUCT(DiscardDeadLetter, (), (dead_letter, because))

Result<Done> decide(engine::View& view, const ScheduleRetry& command);
Result<Done> decide(engine::View& view, const AnnounceRetry& command);
Result<Done> decide(engine::View& view, const ParkRecord& command);
Result<Done> decide(engine::View& view, const FinishRecord& command);
Result<Done> decide(engine::View& view, const CreateDeadLetter& command);
Result<Done> decide(engine::View& view, const PauseFlow& command);
Result<Done> decide(engine::View& view, const ThrottleFlow& command);
Result<Done> decide(engine::View& view, const RedriveDeadLetter& command);
Result<Done> decide(engine::View& view, const DiscardDeadLetter& command);
/// The dead letter as it is, if that may be done to it; they fail as deciding it would.
Result<DeadLetter> redrivable(engine::View& view, const RedriveDeadLetter& command);
Result<DeadLetter> discardable(engine::View& view, const DiscardDeadLetter& command);

/// The id of the dead letter that a record of a flow becomes: the same however often it is reported.
TypeId dead_letter_id(std::string_view flow, Cursor cursor, std::uint32_t attempts);

}  // namespace remit::flow
