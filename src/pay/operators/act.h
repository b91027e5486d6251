#pragma once

#include "kit/engine/command.h"
#include "kit/engine/registry.h"

#include <boost/describe.hpp>

#include <string>

/// What people who run the server do. Who they are is the actor of the event's cause.
namespace remit::operators {

inline constexpr std::size_t kActDetailBytesMax = 4096;

/// Something that was done by hand and changes no state of its own: a backup, a restore, a rebuild. What does change
/// something is known by its own event.
struct Act {
  static constexpr std::string_view kPrefix = "act";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  std::string what;  ///< "backup_begun".
};
BOOST_DESCRIBE_STRUCT(Act, (), (id, what))

struct ActRecorded {
  static constexpr engine::EventType kType{"operator.act_recorded", 1};
  std::string what;
  std::string detail;  ///< For people and programs: a path, a name, or JSON.
};
BOOST_DESCRIBE_STRUCT(ActRecorded, (), (what, detail))

void evolve(engine::Changes& changes, const ActRecorded& event, const engine::EventContext& at);

/// The same id again changes nothing.
struct RecordAct {
  static constexpr std::string_view kName = "operators.record_act";
  using Answer = Act;
  TypeId id;
  std::string what;
  std::string detail;  ///< Cut at its bound.
};
BOOST_DESCRIBE_STRUCT(RecordAct, (), (id, what, detail))

Result<Act> decide(engine::View& view, const RecordAct& command);

void register_kinds(engine::Registry& registry);

}  // namespace remit::operators
