#include "app/admin_answers.h"
#include "app/admin_routes.h"
#include "kit/engine/dump.h"

namespace remit::app {
namespace {

/// Of one answer; whoever wants more asks on from `next`.
constexpr journal::ReadLimits kScan{.events_max = 20'000, .bytes_max = 8 * 1024 * 1024};

/// One act as the audit shows it: all that one command did, told by its first event.
struct AuditLine {
  Timestamp time;
  std::string by;
  std::string act;  ///< The type of the first event: "api_key.revoked".
  TypeId on;        ///< Its stream.
  std::optional<TypeId> client;
  std::uint64_t partition = 0;
  std::uint64_t position = 0;
  std::uint32_t events = 1;  ///< Of the whole command.
  std::optional<codec::RawJson> data;
};
BOOST_DESCRIBE_STRUCT(AuditLine, (), (time, by, act, on, client, partition, position, events, data))

struct AuditFilter {
  std::string by;  ///< Empty: every person.
  std::optional<TypeId> client;

  bool by_matches(const std::string& actor) const {
    if (by.empty()) return actor.starts_with("user:");
    return actor == by || actor == "user:" + by;
  }
};

/// The first position whose event is not before the moment. Times never fall within a partition.
Result<journal::Position> first_since(journal::Journal& journal, journal::PartitionId partition,
                                      Timestamp since) {
  std::uint64_t low = 1;
  std::uint64_t high = TRY(journal.head(partition)).position.value + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto events = TRY(journal.read(partition, journal::Position(middle), {.events_max = 1}));
    if (!events.empty() && events.front().time < since) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return journal::Position(low);
}

}  // namespace

/// Whose thing the stream is: it was made on behalf of a client, or is a key of one.
std::optional<TypeId> AdminRoutes::client_of(journal::PartitionId partition,
                                             const journal::Event& event) {
  if (!event.cause.client.empty()) return event.cause.client;
  if (event.stream.prefix() == clients::Client::kPrefix) return event.stream;
  if (const auto key = server_.keys_.find(event.stream)) return key->client;
  const auto made = server_.storage_.journal->read_stream(partition, event.stream,
                                                          journal::Version(1), {.events_max = 1});
  if (!made || made->empty() || made->front().cause.client.empty()) return std::nullopt;
  return made->front().cause.client;
}

void AdminRoutes::add_audit(net::Router& router) {
  router.add("GET", "/admin/audit",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto body = audit(routed);
               if (!body) return refuse(std::move(respond), body.error());
               respond(net::json_response(200, *body));
             });
}

Result<std::string> AdminRoutes::audit(const net::RoutedRequest& routed) {
  const api::Query query =
      TRY(api::Query::parse(routed.request.query, {"partition", "from", "since", "by", "client"}));
  const auto number = [&](std::string_view name, std::uint64_t otherwise) {
    const auto text = query.find(name);
    return text ? std::strtoull(std::string(*text).c_str(), nullptr, 10) : otherwise;
  };
  AuditFilter filter{.by = std::string(query.find("by").value_or(""))};
  if (const auto client = query.find("client")) {
    filter.client = TypeId::parse(*client);
    if (!filter.client) {
      return fail(ErrorCode::InvalidArgument, "id_invalid", "--client is cli_...", "client");
    }
  }
  journal::Journal& journal = *server_.storage_.journal;
  const journal::PartitionId partition(number("partition", 0));
  journal::Position from(number("from", 1));
  if (const auto since = TRY(query.time("since"))) {
    from = std::max(from, TRY(first_since(journal, partition, *since)));
  }
  const std::vector<journal::Event> events = TRY(journal.read(partition, from, kScan));
  std::vector<std::string> lines;
  std::uint64_t next_position = events.empty() ? 0 : events.back().position.value + 1;
  for (std::size_t i = 0; i < events.size();) {
    const journal::Event& event = events[i];
    std::size_t next = i + 1;
    while (next < events.size() && events[next].cause.command == event.cause.command) ++next;
    if (next == events.size() && i > 0 && next >= kScan.events_max) {
      // The command may go on behind this stretch.
      next_position = event.position.value;
      break;
    }
    if (filter.by_matches(event.cause.actor)) {
      AuditLine line{.time = event.time,
                     .by = event.cause.actor,
                     .act = event.type,
                     .on = event.stream,
                     .client = client_of(partition, event),
                     .partition = partition.value,
                     .position = event.position.value,
                     .events = static_cast<std::uint32_t>(next - i)};
      if (auto data = engine::event_data(server_.registry_, event)) {
        line.data = codec::RawJson{*std::move(data)};
      }
      if (!filter.client || line.client == filter.client) lines.push_back(codec::to_json(line));
    }
    i = next;
  }
  return fmt::format(R"({{"data":[{}],"next":{}}})", fmt::join(lines, ","), next_position);
}

}  // namespace remit::app
