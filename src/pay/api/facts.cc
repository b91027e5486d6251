#include "pay/api/facts.h"

#include "kit/base/codec/json.h"
#include "pay/api/query.h"

#include <boost/describe.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace remit::api {
namespace {

constexpr std::string_view kPrefix = "evt";

constexpr std::string_view kSchema = R"sql(
CREATE TABLE facts (
  client TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  time INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (client, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX facts_by_id ON facts (id);
CREATE INDEX facts_by_subject ON facts (client, subject, position);
)sql";

constexpr std::string_view kSelect =
    "SELECT position, id, type, subject, time, client, data FROM facts ";

/// The attributes of a CloudEvent (CloudEvents 1.0 section 3) with the extensions partitionkey and sequence.
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

class FactTables final : public flow::ReadTables {
 public:
  explicit FactTables(std::vector<FactSource> sources) : sources_(std::move(sources)) {}

  std::string_view schema() const override { return kSchema; }
  Result<void> open(sqlite::Database& database) override {
    store_ = TRY(database.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)"));
    return {};
  }
  void close() override { store_.reset(); }

  Result<void> changed(const flow::Record& record, const TypeId& id, const void* state) override {
    // What else a record moves, such as the accounts of a transfer, is part of that one fact.
    if (id != record.key) return {};
    for (const FactSource& source : sources_) {
      const std::optional<Fact> fact = source.make(record, state);
      if (!fact) continue;
      CHECK(std::ranges::find(source.types, fact->type) != source.types.end(),
            "{} is not among the source's types", fact->type);
      const TypeId event =
          TypeId::derive(kPrefix, record.key, fmt::format("fact {}", record.version));
      return store_
          ->bind(fact->client.to_string(), record.cursor.value, event.to_string(), fact->type,
                 id.to_string(), static_cast<std::int64_t>(record.time.time_since_epoch().count()),
                 fact->data)
          .run();
    }
    return {};
  }

 private:
  std::vector<FactSource> sources_;
  std::optional<sqlite::Statement> store_;
};

PublishedFact read_fact(const sqlite::Statement& row) {
  const std::optional<TypeId> id = TypeId::parse(row.text(1));
  CHECK(id.has_value(), "{} is no id of a fact", row.text(1));
  return {*id, codec::to_json(CloudEvent{.id = row.text(1),
                                         .type = row.text(2),
                                         .subject = row.text(3),
                                         .time = Timestamp(Duration(row.integer(4))),
                                         .partitionkey = row.text(5),
                                         .sequence = fmt::format("{:020}", row.number(0)),
                                         .data = {row.text(6)}})};
}

}  // namespace

std::unique_ptr<flow::ReadTables> make_fact_tables(std::vector<FactSource> sources) {
  return std::make_unique<FactTables>(std::move(sources));
}

Result<FactPage> list_facts(sqlite::Database& database, const FactFilter& filter) {
  std::string sql = fmt::format("{}WHERE client = ?1 AND position > ?2", kSelect);
  // GLOB is case sensitive and, unlike LIKE, gives '_' no meaning.
  if (filter.type) sql += " AND type GLOB ?3";
  if (filter.subject) sql += " AND subject = ?4";
  sql += " ORDER BY position LIMIT ?5";
  sqlite::Statement rows = TRY(database.prepare(sql));
  rows.bind(filter.client.to_string(), filter.after, filter.type.value_or(""),
            filter.subject ? filter.subject->to_string() : "",
            static_cast<std::uint64_t>(filter.rows_max + 1));
  FactPage page;
  std::uint64_t last = 0;
  while (TRY(rows.step())) {
    if (page.facts.size() == filter.rows_max) {
      page.next_cursor = encode_cursor(std::to_string(last), "");
      break;
    }
    last = rows.number(0);
    page.facts.push_back(read_fact(rows));
  }
  return page;
}

Result<std::optional<FoundFact>> find_fact(sqlite::Database& database, const ClientId& client,
                                           const TypeId& id) {
  sqlite::Statement row =
      TRY(database.prepare(fmt::format("{}WHERE client = ? AND id = ?", kSelect)));
  if (!TRY(row.bind(client.to_string(), id.to_string()).step())) return std::optional<FoundFact>();
  return std::optional<FoundFact>({.fact = read_fact(row), .position = row.number(0)});
}

}  // namespace remit::api
