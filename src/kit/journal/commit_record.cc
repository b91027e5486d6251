#include "kit/journal/commit_record.h"

#include "kit/base/check.h"
#include "kit/base/codec/codec.h"
#include "kit/base/planted.h"

#include <boost/describe.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace remit::journal {

BOOST_DESCRIBE_STRUCT(TraceContext, (), (trace_id, span_id, flags))
BOOST_DESCRIBE_STRUCT(Receipt, (), (client, key, request, answer, time, position))

namespace {

/// An event whose type is a number into the commit's own table of names, since one commit repeats few names.
struct EventRecord {
  StreamId stream;
  Version version;
  std::uint32_t type = 0;
  std::uint32_t cause = 0;
  Bytes payload;
};
BOOST_DESCRIBE_STRUCT(EventRecord, (), (stream, version, type, cause, payload))

struct TypeRecord {
  std::string name;
  std::uint32_t schema = 1;
};
BOOST_DESCRIBE_STRUCT(TypeRecord, (), (name, schema))

/// A cause whose actor is a number into the commit's own table, from 1; 0: nobody was named.
struct CauseRecord {
  TypeId command;
  TypeId correlation;
  ClientId client;
  TraceContext trace;
  std::uint32_t actor = 0;
};
BOOST_DESCRIBE_STRUCT(CauseRecord, (), (command, correlation, client, trace, actor))

/// Stored for ever: fields are only added, at the end.
struct CommitRecord {
  std::uint32_t level = 1;
  Sequence sequence;
  Position first_position;
  Timestamp time;
  Epoch epoch;
  std::vector<CauseRecord> causes;
  std::vector<TypeRecord> types;
  std::vector<EventRecord> events;
  std::vector<Receipt> receipts;
  std::vector<std::string> actors;
};
BOOST_DESCRIBE_STRUCT(CommitRecord, (),
                      (level, sequence, first_position, time, epoch, causes, types, events,
                       receipts, actors))

std::uint32_t type_number(std::vector<TypeRecord>& types, const NewEvent& event) {
  const auto found = std::ranges::find_if(types, [&](const TypeRecord& type) {
    return type.schema == event.schema && type.name == event.type;
  });
  if (found != types.end()) return static_cast<std::uint32_t>(found - types.begin());
  types.push_back({event.type, event.schema});
  return static_cast<std::uint32_t>(types.size() - 1);
}

/// Few actors make up a commit, and the last one named is often the next.
std::uint32_t actor_number(std::vector<std::string>& actors, const std::string& actor) {
  if (actor.empty()) return 0;
  const auto found = std::find(actors.rbegin(), actors.rend(), actor);
  if (found != actors.rend()) return static_cast<std::uint32_t>(actors.rend() - found);
  actors.push_back(actor);
  return static_cast<std::uint32_t>(actors.size());
}

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::Corrupt, "commit_corrupt", std::move(message));
}

}  // namespace

Bytes encode_commit(const Commit& commit, Epoch epoch) {
  CommitRecord record{.sequence = commit.sequence,
                      .first_position = commit.first_position,
                      .time = commit.time,
                      .epoch = epoch,
                      .receipts = commit.receipts};
  record.causes.reserve(commit.causes.size());
  for (const Cause& cause : commit.causes) {
    record.causes.push_back({cause.command, cause.correlation, cause.client, cause.trace,
                             actor_number(record.actors, cause.actor)});
  }
  record.events.reserve(commit.events.size());
  for (const NewEvent& event : commit.events) {
    record.events.push_back({event.stream, event.version, type_number(record.types, event),
                             event.cause, event.payload});
  }
  return codec::encode(record);
}

Result<DecodedCommit> decode_commit(ByteView bytes) {
  CommitRecord record = TRY(codec::decode<CommitRecord>(bytes));
  if (record.level != 1) {
    return corrupt(fmt::format("Commit {} has format level {}; this version reads level 1.",
                               record.sequence.value, record.level));
  }
  DecodedCommit decoded{.commit = {.sequence = record.sequence,
                                   .first_position = record.first_position,
                                   .time = record.time,
                                   .receipts = std::move(record.receipts)},
                        .epoch = record.epoch};
  decoded.commit.causes.reserve(record.causes.size());
  for (const CauseRecord& cause : record.causes) {
    if (cause.actor > record.actors.size()) {
      return corrupt(
          fmt::format("Commit {} names an actor that it does not list.", record.sequence.value));
    }
    decoded.commit.causes.push_back(
        {cause.command, cause.correlation, cause.client, cause.trace,
         cause.actor == 0 ? std::string() : record.actors[cause.actor - 1]});
  }
  decoded.commit.events.reserve(record.events.size());
  for (EventRecord& event : record.events) {
    if (event.type >= record.types.size() || event.cause >= decoded.commit.causes.size()) {
      return corrupt(fmt::format("Commit {} names a type or cause that it does not list.",
                                 record.sequence.value));
    }
    const TypeRecord& type = record.types[event.type];
    decoded.commit.events.push_back({event.stream, event.version, type.name, type.schema,
                                     event.cause, std::move(event.payload)});
  }
  return decoded;
}

Hash256 chain_after(const Hash256& chain, ByteView stored) {
  thread_local Sha256 hasher;
  return hasher.update(view_of(chain)).update(stored).finish();
}

Position last_position(const Commit& commit) {
  return Position(commit.first_position.value + commit.events.size() - 1);
}

Result<void> check_follows(const Head& head, const Commit& commit) {
  if (commit.sequence != head.sequence.next() || commit.first_position != head.position.next()) {
    return fail(ErrorCode::Internal, "append_out_of_order",
                fmt::format("Commit {} at position {} does not follow on from {} at {}.",
                            commit.sequence.value, commit.first_position.value, head.sequence.value,
                            head.position.value));
  }
  if (commit.time < head.time) {
    return fail(ErrorCode::Internal, "append_back_in_time",
                fmt::format("Commit {} is earlier than the one before it.", commit.sequence.value));
  }
  return {};
}

Head head_after(const Head& head, const Commit& commit, Epoch epoch, ByteView stored) {
  const Result<void> follows = check_follows(head, commit);
  CHECK(follows.has_value(), "{}", follows.error().describe());
  CHECK(!commit.events.empty() || !commit.receipts.empty(), "an empty commit");
  return Head{.sequence = commit.sequence,
              .position = last_position(commit),
              .time = commit.time,
              .chain = chain_after(planted(Bug::ChainUnlinked) ? Hash256{} : head.chain, stored),
              .epoch = epoch};
}

Event event_of(const Commit& commit, std::size_t index) {
  const NewEvent& event = commit.events[index];
  return {.position = commit.first_position.plus(index),
          .sequence = commit.sequence,
          .stream = event.stream,
          .version = event.version,
          .type = event.type,
          .schema = event.schema,
          .time = commit.time,
          .cause = commit.causes[event.cause],
          .payload = event.payload};
}

void append_events(const Commit& commit, Position from, std::vector<Event>& out) {
  for (std::size_t i = 0; i < commit.events.size(); ++i) {
    if (commit.first_position.plus(i) >= from) out.push_back(event_of(commit, i));
  }
}

}  // namespace remit::journal
