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
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  time INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (client, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_by_subject ON facts (subject, position);
)sql";

constexpr std::string_view kSelect =
    "SELECT position, type, subject, time, client, data FROM facts ";

constexpr unsigned kPositionBits = 42;
constexpr std::uint64_t kPositionMask = (std::uint64_t{1} << kPositionBits) - 1;

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8U | byte;
  return value;
}

/// A UUIDv7 (RFC 9562 section 5.7) whose random bits are 32 of the stream's own and the position: it can be told from the
/// fact alone for ever, sorts by time, and leads back to the row without an index.
TypeId fact_id(Timestamp time, const TypeId& stream, std::uint64_t position) {
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
  const std::uint64_t own = big_endian(std::span(stream.uuid()).last(4));
  const std::uint64_t high = milliseconds << 16U | 0x7000U | (own >> 20U);
  const std::uint64_t low =
      std::uint64_t{1} << 63U | (own & 0xFFFFFU) << kPositionBits | (position & kPositionMask);
  TypeId::Uuid uuid{};
  for (std::size_t i = 0; i < 8; ++i) {
    uuid.at(i) = static_cast<std::uint8_t>(high >> (56U - 8U * i));
    uuid.at(8 + i) = static_cast<std::uint8_t>(low >> (56U - 8U * i));
  }
  return {kPrefix, uuid};
}

std::uint64_t position_in(const TypeId& fact) {
  return big_endian(std::span(fact.uuid()).last(8)) & kPositionMask;
}

class FactTables final : public flow::ReadTables {
 public:
  explicit FactTables(std::vector<FactSource> sources) : sources_(std::move(sources)) {}

  std::string_view schema() const override { return kSchema; }
  Result<void> open(sqlite::Database& database) override {
    store_ = TRY(database.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?)"));
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
      return store_
          ->bind(fact->client.to_string(), record.cursor.value, fact->type, id.to_string(),
                 static_cast<std::int64_t>(record.time.time_since_epoch().count()), fact->data)
          .run();
    }
    return {};
  }

 private:
  std::vector<FactSource> sources_;
  std::optional<sqlite::Statement> store_;
};

std::optional<std::int64_t> micros(const std::optional<Timestamp>& time) {
  if (!time) return std::nullopt;
  return time->time_since_epoch().count();
}

PublishedFact read_fact(const sqlite::Statement& row) {
  const std::string subject = row.text(2);
  const std::optional<TypeId> stream = TypeId::parse(subject);
  CHECK(stream.has_value(), "{} is no subject of a fact", subject);
  const Timestamp time{Duration(row.integer(3))};
  const TypeId id = fact_id(time, *stream, row.number(0));
  return {.id = id,
          .position = row.number(0),
          .type = row.text(1),
          .subject = *stream,
          .time = time,
          .json = codec::to_json(CloudEvent{.id = id.to_string(),
                                            .type = row.text(1),
                                            .subject = subject,
                                            .time = time,
                                            .partitionkey = row.text(4),
                                            .sequence = fmt::format("{:020}", row.number(0)),
                                            .data = {row.text(5)}})};
}

}  // namespace

CloudEvent example_event() {
  return {.id = "evt_01h455vb4pex5vsknk084sn02q",
          .type = "account.opened.v1",
          .subject = "acc_01h455vb4pex5vsknk084sn02q",
          .time = *from_rfc3339("2026-08-20T09:30:00Z"),
          .partitionkey = "cli_01h455vb4pex5vsknk084sn02q",
          .sequence = "00000000000000000042",
          .data = {R"({"id":"acc_01h455vb4pex5vsknk084sn02q","name":"Customer funds",)"
                   R"("type":"liability","currency":"GBP","limit":"none",)"
                   R"("opened_at":"2026-08-20T09:30:00Z"})"}};
}

Result<void> check_fact_type(std::string_view wanted, std::span<const std::string_view> known,
                             std::string_view field) {
  const bool open = wanted.ends_with('*');
  const std::string_view start = open ? wanted.substr(0, wanted.size() - 1) : wanted;
  const bool published = std::ranges::any_of(
      known, [&](std::string_view type) { return open ? type.starts_with(start) : type == start; });
  if (published) return {};
  return fail(ErrorCode::InvalidArgument, "event_type_unknown",
              fmt::format("There is no such event type. Known are: {}. A * at the end stands for "
                          "the rest.",
                          fmt::join(known, ", ")),
              std::string(field));
}

std::unique_ptr<flow::ReadTables> make_fact_tables(std::vector<FactSource> sources) {
  return std::make_unique<FactTables>(std::move(sources));
}

Result<FactPage> list_facts(sqlite::Database& database, const FactFilter& filter) {
  std::string sql = fmt::format("{}WHERE client = ?1 AND position > ?2", kSelect);
  // GLOB is case sensitive and, unlike LIKE, gives '_' no meaning.
  if (filter.type) sql += " AND type GLOB ?3";
  if (filter.subject) sql += " AND subject = ?4";
  if (filter.since) sql += " AND time >= ?5";
  if (filter.until) sql += " AND time < ?6";
  sql += " ORDER BY position LIMIT ?7";
  sqlite::Statement rows = TRY(database.prepare(sql));
  rows.bind(filter.client.to_string(), filter.after, filter.type.value_or(""),
            filter.subject ? filter.subject->to_string() : "", micros(filter.since),
            micros(filter.until), static_cast<std::uint64_t>(filter.rows_max + 1));
  FactPage page;
  while (TRY(rows.step())) {
    if (page.facts.size() == filter.rows_max) {
      page.next_cursor = encode_cursor(std::to_string(page.facts.back().position), "");
      break;
    }
    page.facts.push_back(read_fact(rows));
  }
  return page;
}

Result<std::optional<PublishedFact>> fact_at(sqlite::Database& database, const ClientId& client,
                                             std::uint64_t position) {
  sqlite::Statement row =
      TRY(database.prepare(fmt::format("{}WHERE client = ? AND position = ?", kSelect)));
  if (!TRY(row.bind(client.to_string(), position).step())) return std::optional<PublishedFact>();
  return std::optional(read_fact(row));
}

Result<std::optional<PublishedFact>> find_fact(sqlite::Database& database, const ClientId& client,
                                               const TypeId& id) {
  std::optional<PublishedFact> fact = TRY(fact_at(database, client, position_in(id)));
  if (fact && fact->id != id) fact.reset();
  return fact;
}

}  // namespace remit::api
