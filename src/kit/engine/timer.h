#pragma once

#include "kit/base/codec/codec.h"
#include "kit/base/codec/json.h"
#include "kit/engine/command.h"
#include "kit/engine/entity.h"

#include <boost/describe.hpp>

#include <optional>
#include <string>

namespace remit::engine {

/// A clock that waits, as state. Its stream is derived from the owner and the label, so that setting it again finds it.
struct Timer {
  static constexpr std::string_view kPrefix = "tmr";
  static constexpr LoadPolicy kLoadPolicy = LoadPolicy::Fold;

  TypeId owner;
  std::string label;
  std::optional<Timestamp> due;  ///< Absent: it does not wait.
  ClientId client;               ///< On whose behalf the command will be issued.
  TypeId correlation;            ///< Of the command that set it.
  TypeId command_id;             ///< Derived from the stream and the version at which it was set.
  std::string command;
  Bytes payload;
  bool operator==(const Timer&) const = default;
};
BOOST_DESCRIBE_STRUCT(Timer, (),
                      (owner, label, due, client, correlation, command_id, command, payload))

struct TimerSet {
  static constexpr EventType kType{"timer.set", 1};
  TypeId owner;
  std::string label;
  Timestamp due;
  TypeId correlation;
  std::string command;
  Bytes payload;
  bool operator==(const TimerSet&) const = default;
};
BOOST_DESCRIBE_STRUCT(TimerSet, (), (owner, label, due, correlation, command, payload))

struct TimerCancelled {
  static constexpr EventType kType{"timer.cancelled", 1};
  TypeId owner;
  std::string label;
  bool operator==(const TimerCancelled&) const = default;
};
BOOST_DESCRIBE_STRUCT(TimerCancelled, (), (owner, label))

/// The command was issued in the same commit. A refusal is kept here, since nobody waits for the answer.
struct TimerFired {
  static constexpr EventType kType{"timer.fired", 1};
  TypeId owner;
  std::string label;
  std::string refusal;  ///< The reason of the error, or empty.
  bool operator==(const TimerFired&) const = default;
};
BOOST_DESCRIBE_STRUCT(TimerFired, (), (owner, label, refusal))

/// The bound of TimerKey::label.
inline constexpr std::size_t kTimerLabelBytesMax = 32;

StreamId timer_stream(const TimerKey& key);

void evolve(Changes& changes, const TimerSet& event, const EventContext& context);
void evolve(Changes& changes, const TimerCancelled& event, const EventContext& context);
void evolve(Changes& changes, const TimerFired& event, const EventContext& context);

}  // namespace remit::engine
