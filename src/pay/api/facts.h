#pragma once

#include "kit/flow/read_model.h"

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

/// What one owner publishes.
struct FactSource {
  std::span<const std::string_view> types;
  /// The fact of a record of this entity's own stream, whose state is as the record left it; nullopt for what stays
  /// private. A pure function: the same record gives the same bytes for ever.
  std::function<std::optional<Fact>(const flow::Record&, const void* state)> make;
};

/// Keeps the facts of a partition, in the order in which they happened.
std::unique_ptr<flow::ReadTables> make_fact_tables(std::vector<FactSource> sources);

/// A fact as it is told: a CloudEvent (CloudEvents 1.0, JSON format 1.0).
struct PublishedFact {
  TypeId id;  ///< Stable: the same fact has the same id on every way and after every rebuild.
  std::string json;
};

/// Which facts a list shows.
struct FactFilter {
  ClientId client;
  std::optional<std::string> type;  ///< Whole, or the start of it with a `*` at the end.
  std::optional<TypeId> subject;
  std::uint64_t after = 0;  ///< Only those behind this position.
  std::size_t rows_max = 20;
};

struct FactPage {
  std::vector<PublishedFact> facts;  ///< Oldest first.
  std::optional<std::string> next_cursor;
};

Result<FactPage> list_facts(sqlite::Database& database, const FactFilter& filter);

/// The client's fact with this id, and its position; nullopt when there is none.
struct FoundFact {
  PublishedFact fact;
  std::uint64_t position = 0;
};
Result<std::optional<FoundFact>> find_fact(sqlite::Database& database, const ClientId& client,
                                           const TypeId& id);

}  // namespace remit::api
