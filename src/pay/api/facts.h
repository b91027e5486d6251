#pragma once

#include "kit/base/codec/json_schema.h"
#include "kit/flow/read_model.h"

#include <boost/describe.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Published facts: what the world outside may hear of the journal, in the words of the API. They are made from private
/// events, so that those can change, and hold no personal data. Fields are only ever added; what changes its meaning gets
/// a new version in its type.
namespace remit::api {

/// What happened to one entity.
struct Fact {
  std::string_view type;  ///< "payment.settled.v1"; one of its source's types.
  ClientId client;        ///< Whose it is.
  std::string data;       ///< The entity as it was then: a JSON object.
};

/// What a type of fact says of itself.
struct FactDescription {
  std::string_view type;
  std::string_view summary;                            ///< When it is told: a sentence.
  std::string (*data)(codec::JsonSchemas&) = nullptr;  ///< The schema of its data.
};

/// What one owner publishes.
struct FactSource {
  std::span<const std::string_view> types;
  /// The fact of a record of this entity's own stream, whose state is as the record left it; nullopt for what stays
  /// private. A pure function: the same record gives the same bytes for ever.
  std::function<std::optional<Fact>(const flow::Record&, const void* state)> make;
  std::vector<FactDescription> descriptions;  ///< One for each type.
};

/// Whether the type, or the start of one with a `*` at its end, names anything that is published; else an error that lists
/// what is.
Result<void> check_fact_type(std::string_view wanted, std::span<const std::string_view> known,
                             std::string_view field);

/// Keeps the facts of a partition, in the order in which they happened.
std::unique_ptr<flow::ReadTables> make_fact_tables(std::vector<FactSource> sources);

/// The attributes of a CloudEvent (CloudEvents 1.0 section 3) with the extensions partitionkey and sequence: how a fact is
/// told.
struct CloudEvent {
  std::string specversion = "1.0";
  std::string id;
  std::string source = "/v1/events";
  std::string type;
  std::string subject;
  Timestamp time;
  std::string datacontenttype = "application/json";
  std::string partitionkey;  ///< The client: what shares it is ordered.
  std::string sequence;      ///< Grows from fact to fact of one client; not without gaps.
  codec::RawJson data;
};
BOOST_DESCRIBE_STRUCT(CloudEvent, (),
                      (specversion, id, source, type, subject, time, datacontenttype, partitionkey,
                       sequence, data))

/// Shown by the documents.
CloudEvent example_event();

/// A fact as it is told, a CloudEvent in the JSON format 1.0, and its place.
struct PublishedFact {
  TypeId id;  ///< Stable: the same fact has the same id on every way and after every rebuild.
  std::uint64_t position = 0;
  std::string type;
  TypeId subject;
  Timestamp time;
  std::string json;
};

/// Which facts a list shows.
struct FactFilter {
  ClientId client;
  std::optional<std::string> type;  ///< Whole, or the start of it with a `*` at the end.
  std::optional<TypeId> subject;
  std::optional<Timestamp> since;  ///< At that moment or later.
  std::optional<Timestamp> until;  ///< Before that moment.
  std::uint64_t after = 0;         ///< Only those behind this position.
  std::size_t rows_max = 20;
};

struct FactPage {
  std::vector<PublishedFact> facts;  ///< Oldest first.
  std::optional<std::string> next_cursor;
};

Result<FactPage> list_facts(sqlite::Database& database, const FactFilter& filter);

/// The client's fact with this id; nullopt when there is none.
Result<std::optional<PublishedFact>> find_fact(sqlite::Database& database, const ClientId& client,
                                               const TypeId& id);
/// The client's fact at this position; nullopt when there is none.
Result<std::optional<PublishedFact>> fact_at(sqlite::Database& database, const ClientId& client,
                                             std::uint64_t position);

}  // namespace remit::api

namespace remit::codec {

template <>
struct JsonFields<api::CloudEvent> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "Something that happened, as CloudEvents 1.0 tells it."},
      {"id", "Stable: the same event has the same id on every way."},
      {"subject", "The entity that it happened to."},
      {"partitionkey", "The client: what shares it is ordered."},
      {"sequence", "Grows from event to event of one client; not without gaps."},
      {"data", "The entity as it was then; its schema goes with the type."}};
  static constexpr JsonRule kRules[] = {{"specversion", R"("const":"1.0")"},
                                        {"data", R"("type":"object")"}};
};

}  // namespace remit::codec
