#include "pay/api/fact_endpoints.h"

#include "pay/api/facts.h"

#include <fmt/format.h>

namespace remit::api {
namespace {

struct FactQuery {
  FactFilter filter;
  std::optional<TypeId> after;  ///< A fact instead of a position.
};

Result<FactQuery> query_of(const Request& request, const std::vector<std::string_view>& types) {
  const Query& query = request.query;
  FactQuery wanted{.filter = {.client = request.caller.client}};
  wanted.filter.rows_max = TRY(query.limit());
  if (const auto type = query.find("type")) {
    TRY(check_fact_type(*type, types, "type"));
    wanted.filter.type = *type;
  }
  wanted.filter.subject = TRY(query.id("subject"));
  const auto cursor = TRY(query.cursor());
  if (cursor) wanted.filter.after = TRY(position_in_cursor(cursor->first));
  wanted.after = TRY(query.id("after"));
  if (wanted.after && cursor) {
    return fail(ErrorCode::InvalidArgument, "after_and_cursor",
                "Give after to begin, or cursor to go on, not both.", "after");
  }
  return wanted;
}

std::unexpected<Error> not_found(std::string_view id, std::string_view field) {
  return fail(ErrorCode::NotFound, "event_not_found",
              fmt::format("No event {} exists; check the id.", id), std::string(field));
}

Result<std::string> read_page(sqlite::Database& database, FactQuery wanted) {
  if (wanted.after) {
    const auto found = TRY(find_fact(database, wanted.filter.client, *wanted.after));
    if (!found) return not_found(wanted.after->to_string(), "after");
    wanted.filter.after = found->position;
  }
  FactPage page = TRY(list_facts(database, wanted.filter));
  std::vector<std::string> items;
  items.reserve(page.facts.size());
  for (PublishedFact& fact : page.facts) items.push_back(std::move(fact.json));
  return render_page(items, page.next_cursor);
}

constexpr ProblemKind kProblems[] = {
    {"event_not_found", 404, "The client has no event with this id.", "Check the id."},
    {"event_type_unknown", 400, "No event has this type.",
     "Use one that detail lists, or the start of one with a * at the end."},
    {"after_and_cursor", 400, "Both say where the page begins.",
     "Give after to begin, and cursor to go on."},
};

Operation list_operation() {
  return {.method = "GET",
          .path = "/v1/events",
          .id = "list_events",
          .tag = "Events",
          .summary = "List events",
          .description =
              "What happened, oldest first: the same CloudEvents that webhooks and "
              "brokers carry. GET /v1/asyncapi.json has the schema of each type's data.",
          .scope = Scope::EventsRead,
          .ways = {Way::List},
          .query = page_parameters(
              {{.name = "type",
                .description = "Only this type; with a * at the end, all that begin so.",
                .schema = R"({"type":"string","pattern":"^[a-z0-9_.]*[*]?$"})",
                .example = "payment.*"},
               {.name = "subject",
                .description = "Only what happened to this entity.",
                .schema = R"({"type":"string","pattern":"^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$"})"},
               {.name = "after",
                .description = "Only what came behind this event.",
                .schema = id_parameter("evt", "").schema}}),
          .answer = page_of(example_event()),
          .problems = {"event_type_unknown", "id_invalid", "after_and_cursor", "event_not_found"}};
}

Operation get_operation() {
  return {.method = "GET",
          .path = "/v1/events/{id}",
          .id = "get_event",
          .tag = "Events",
          .summary = "Read an event",
          .scope = Scope::EventsRead,
          .ways = {Way::List},
          .path_parameters = {id_parameter("evt", "The event.")},
          .answer = body(example_event()),
          .problems = {"event_not_found"}};
}

}  // namespace

void add_fact_endpoints(Gateway& gateway, std::vector<std::string_view> types) {
  gateway.explain(kProblems);
  gateway.add(list_operation(),
              [&gateway, types = std::move(types)](const Request& request, net::Responder respond) {
                Result<FactQuery> wanted = query_of(request, types);
                if (!wanted) return respond(net::problem_response(wanted.error()));
                gateway.list(request, std::move(respond),
                             [wanted = std::move(*wanted)](sqlite::Database& database) {
                               return read_page(database, wanted);
                             });
              });
  gateway.add(get_operation(), [&gateway](const Request& request, net::Responder respond) {
    gateway.list(request, std::move(respond),
                 [text = request.parameters.find("id")->second, client = request.caller.client](
                     sqlite::Database& database) -> Result<std::string> {
                   const std::optional<TypeId> id = TypeId::parse(text);
                   if (!id) return not_found(text, "id");
                   auto found = TRY(find_fact(database, client, *id));
                   if (!found) return not_found(text, "id");
                   return std::move(found->json);
                 });
  });
}

}  // namespace remit::api
