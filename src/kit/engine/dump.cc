#include "kit/engine/dump.h"

#include "kit/base/codec/json.h"

#include <boost/describe.hpp>

#include <optional>

namespace remit::engine {

struct EventLine {
  std::uint64_t position = 0;
  std::uint64_t sequence = 0;
  Timestamp time;
  TypeId stream;
  std::uint64_t version = 0;
  std::string type;
  std::uint32_t schema = 1;
  std::optional<TypeId> client;
  TypeId command;
  TypeId correlation;
  std::optional<std::string> actor;
  std::optional<std::string> trace;
  std::optional<codec::RawJson> data;
  std::optional<Bytes> payload;
  std::optional<std::string> unreadable;
};
BOOST_DESCRIBE_STRUCT(EventLine, (),
                      (position, sequence, time, stream, version, type, schema, client, command,
                       correlation, actor, trace, data, payload, unreadable))

Result<std::string> event_data(const Registry& registry, const journal::Event& event) {
  const EventKind* kind = registry.find_event(event.type, event.schema);
  if (kind != nullptr) return kind->to_json(event.payload);
  return fail(ErrorCode::Unsupported, "unknown_event_type", "Not registered.");
}

std::string dump_event(const Registry& registry, const journal::Event& event) {
  EventLine line;
  line.position = event.position.value;
  line.sequence = event.sequence.value;
  line.time = event.time;
  line.stream = event.stream;
  line.version = event.version.value;
  line.type = event.type;
  line.schema = event.schema;
  if (!event.cause.client.empty()) line.client = event.cause.client;
  line.command = event.cause.command;
  line.correlation = event.cause.correlation;
  if (!event.cause.actor.empty()) line.actor = event.cause.actor;
  if (event.cause.trace != journal::TraceContext()) {
    line.trace = to_hex(std::as_bytes(std::span(event.cause.trace.trace_id)));
  }
  auto data = event_data(registry, event);
  if (data) {
    line.data = codec::RawJson{*std::move(data)};
  } else {
    line.payload = event.payload;
    line.unreadable = data.error().reason;
  }
  return codec::to_json(line);
}

}  // namespace remit::engine
