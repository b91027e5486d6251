#pragma once

#include "kit/engine/command.h"
#include "kit/engine/registry.h"
#include "kit/flow/record.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What a flow must remember durably about the keys that are in trouble, and what operators told it. It lives in the same
/// partition as the records, as one entity per flow; a flow without trouble has none and costs the engine nothing.
namespace remit::flow {

/// What happens to later records of a key when one of its records fails for good.
enum class AfterDeadLetter : std::uint8_t {
  Skip = 1,  ///< They pass.
  HoldKey =
      2,  ///< They wait until the dead letter is redriven or discarded, so that order survives.
};
BOOST_DESCRIBE_ENUM(AfterDeadLetter, Skip, HoldKey)

enum class LaneStatus : std::uint8_t {
  Retrying = 1,  ///< The head record is due again at `due`.
  Due = 2,       ///< The head record has been announced as due and is being handled.
  Held = 3,      ///< The head record is a dead letter and the key waits for it.
};
BOOST_DESCRIBE_ENUM(LaneStatus, Retrying, Due, Held)

/// A key in trouble: its first unfinished record, and the later ones that wait behind it.
struct Lane {
  LaneStatus status = LaneStatus::Retrying;
  Cursor head;
  std::uint32_t attempts = 0;  ///< Of the head, so far.
  Timestamp due;
  std::string cause;
  TypeId dead_letter;           ///< When held.
  std::vector<Cursor> waiting;  ///< In the order of the source.
  Cursor announced_at;  ///< The last RecordDue's place: what tells it from the ones before it.
};
BOOST_DESCRIBE_STRUCT(Lane, (),
                      (status, head, attempts, due, cause, dead_letter, waiting, announced_at))

struct FlowState {
  static constexpr std::string_view kPrefix = "flow";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Snapshot;
  std::string name;
  bool paused = false;
  std::uint32_t records_per_second_max = 0;  ///< 0: not throttled.
  std::map<std::string, Lane> lanes;         ///< By the key's text.
};
BOOST_DESCRIBE_STRUCT(FlowState, (), (name, paused, records_per_second_max, lanes))

enum class DeadLetterStatus : std::uint8_t { Open = 1, Redriven = 2, Discarded = 3 };
BOOST_DESCRIBE_ENUM(DeadLetterStatus, Open, Redriven, Discarded)

/// A record that failed for good, with its cause.
struct DeadLetter {
  static constexpr std::string_view kPrefix = "dlq";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  std::string flow;
  TypeId key;
  Cursor cursor;
  std::string record_type;
  std::uint32_t attempts = 0;
  std::string reason;   ///< Stable snake_case.
  std::string message;  ///< For a person.
  DeadLetterStatus status = DeadLetterStatus::Open;
  Timestamp created_at;
  Timestamp closed_at;
  std::string closed_because;
};
BOOST_DESCRIBE_STRUCT(DeadLetter, (),
                      (id, flow, key, cursor, record_type, attempts, reason, message, status,
                       created_at, closed_at, closed_because))

/// The id of a flow's state.
TypeId flow_id(std::string_view name);

// What happened. Streams: the flow's, except for dead letters, which have their own.

struct RetryScheduled {
  static constexpr engine::EventType kType{"flow.retry_scheduled", 1};
  std::string flow;
  TypeId key;
  Cursor cursor;
  std::uint32_t attempts = 0;
  Timestamp due;
  std::string cause;
};
BOOST_DESCRIBE_STRUCT(RetryScheduled, (), (flow, key, cursor, attempts, due, cause))

struct RecordParked {
  static constexpr engine::EventType kType{"flow.record_parked", 1};
  std::string flow;
  TypeId key;
  Cursor cursor;
};
BOOST_DESCRIBE_STRUCT(RecordParked, (), (flow, key, cursor))

/// The head of a key in trouble is to be handled (again) now. The flow reads this from its own source.
struct RecordDue {
  static constexpr engine::EventType kType{"flow.record_due", 1};
  std::string flow;
  TypeId key;
  Cursor cursor;
  std::uint32_t attempts = 0;
};
BOOST_DESCRIBE_STRUCT(RecordDue, (), (flow, key, cursor, attempts))

struct LaneCleared {
  static constexpr engine::EventType kType{"flow.lane_cleared", 1};
  std::string flow;
  TypeId key;
};
BOOST_DESCRIBE_STRUCT(LaneCleared, (), (flow, key))

struct FlowPaused {
  static constexpr engine::EventType kType{"flow.paused", 1};
  std::string flow;
  bool paused = true;
};
BOOST_DESCRIBE_STRUCT(FlowPaused, (), (flow, paused))

struct FlowThrottled {
  static constexpr engine::EventType kType{"flow.throttled", 1};
  std::string flow;
  std::uint32_t records_per_second_max = 0;
};
BOOST_DESCRIBE_STRUCT(FlowThrottled, (), (flow, records_per_second_max))

struct DeadLetterCreated {
  static constexpr engine::EventType kType{"deadletter.created", 1};
  std::string flow;
  TypeId key;
  Cursor cursor;
  std::string record_type;
  std::uint32_t attempts = 0;
  std::string reason;
  std::string message;
  AfterDeadLetter policy = AfterDeadLetter::HoldKey;
};
BOOST_DESCRIBE_STRUCT(DeadLetterCreated, (),
                      (flow, key, cursor, record_type, attempts, reason, message, policy))

struct DeadLetterRedriven {
  static constexpr engine::EventType kType{"deadletter.redriven", 1};
  std::string because;
};
BOOST_DESCRIBE_STRUCT(DeadLetterRedriven, (), (because))

struct DeadLetterDiscarded {
  static constexpr engine::EventType kType{"deadletter.discarded", 1};
  std::string because;
};
BOOST_DESCRIBE_STRUCT(DeadLetterDiscarded, (), (because))

void evolve(engine::Changes&, const RetryScheduled&, const engine::EventContext&);
void evolve(engine::Changes&, const RecordParked&, const engine::EventContext&);
void evolve(engine::Changes&, const RecordDue&, const engine::EventContext&);
void evolve(engine::Changes&, const LaneCleared&, const engine::EventContext&);
void evolve(engine::Changes&, const FlowPaused&, const engine::EventContext&);
void evolve(engine::Changes&, const FlowThrottled&, const engine::EventContext&);
void evolve(engine::Changes&, const DeadLetterCreated&, const engine::EventContext&);
void evolve(engine::Changes&, const DeadLetterRedriven&, const engine::EventContext&);
void evolve(engine::Changes&, const DeadLetterDiscarded&, const engine::EventContext&);

/// Registers everything of this folder.
void register_kinds(engine::Registry& registry);

}  // namespace remit::flow
