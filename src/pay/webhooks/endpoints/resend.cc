#include "pay/api/facts.h"
#include "pay/webhooks/endpoints/webhook_resource.h"
#include "pay/webhooks/limits.h"

#include <fmt/format.h>

namespace remit::webhooks {
namespace {

using api::Request;

/// The events to be sent again, and where the rest of the range begins.
struct Found {
  ResendEvents command;
  std::optional<std::string> next_cursor;
};

struct Wanted {
  TypeId endpoint;
  std::optional<TypeId> event;
  api::FactFilter range;
};

Result<Wanted> wanted_by(const Request& request, const EndpointPorts& ports) {
  Wanted wanted{.endpoint = TRY(endpoint_in(request))};
  const auto asked = TRY(codec::from_json<ResendRequest>(request.http.body));
  if (asked.event.has_value() == asked.since.has_value()) {
    return fail(ErrorCode::InvalidArgument, "resend_unclear",
                "Give event for one, or since (and until) for all of a time range.", "event");
  }
  wanted.event = asked.event;
  wanted.range = {.client = request.caller.client,
                  .type = asked.event_type,
                  .since = asked.since,
                  .until = asked.until,
                  .rows_max = kResendEventsMax};
  if (asked.event_type) {
    TRY(api::check_fact_type(*asked.event_type, ports.event_types, "event_type"));
  }
  if (asked.cursor) {
    const auto cursor = TRY(api::decode_cursor(*asked.cursor));
    wanted.range.after = TRY(api::position_in_cursor(cursor.first));
  }
  return wanted;
}

void add(ResendEvents& command, const ClientId& client, const api::PublishedFact& fact) {
  command.events.push_back(
      {client, command.endpoint, fact.id, fact.type, fact.subject, fact.position});
}

Result<Found> find(sqlite::Database& rows, const Wanted& wanted) {
  const ClientId& client = wanted.range.client;
  Found found{.command = {.endpoint = wanted.endpoint}};
  if (wanted.event) {
    const auto fact = TRY(api::find_fact(rows, client, *wanted.event));
    if (!fact) {
      return fail(ErrorCode::NotFound, "event_not_found",
                  fmt::format("No event {} exists; check the id.", wanted.event->to_string()),
                  "event");
    }
    add(found.command, client, *fact);
    return found;
  }
  api::FactPage page = TRY(api::list_facts(rows, wanted.range));
  for (const api::PublishedFact& fact : page.facts) add(found.command, client, fact);
  found.next_cursor = std::move(page.next_cursor);
  return found;
}

void send_again(const EndpointPorts& ports, const Request& request, Result<Found> found,
                net::Responder respond) {
  if (!found) return respond(net::problem_response(api::when_rows_fail(std::move(found).error())));
  ports.gateway.execute(request, std::move(found->command), 202, std::move(respond),
                        [next = std::move(found->next_cursor)](const Resent& resent) {
                          return codec::to_json(ResendResource{resent.events, next});
                        });
}

void resend_events(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  Result<Wanted> wanted = wanted_by(request, ports);
  if (!wanted) return respond(net::problem_response(wanted.error()));
  ports.gateway.with_rows(
      request, std::move(respond),
      [ports, request, wanted = std::move(*wanted)](sqlite::Database& rows, net::Responder answer) {
        send_again(ports, request, find(rows, wanted), std::move(answer));
      });
}

void resend_delivery(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  const Result<TypeId> id = delivery_in(request);
  if (!id) return respond(net::problem_response(id.error()));
  ports.gateway.with_rows(
      request, std::move(respond),
      [ports, request, id = *id](sqlite::Database& rows, net::Responder answer) {
        Result<Delivery> delivery = own_delivery(rows, request.caller.client, id);
        if (!delivery) {
          return answer(net::problem_response(api::when_rows_fail(std::move(delivery).error())));
        }
        ResendEvents command{delivery->what.endpoint, {delivery->what}};
        send_again(ports, request, Found{std::move(command), {}}, std::move(answer));
      });
}

api::Operation events_operation() {
  return {
      .method = "POST",
      .path = "/v1/webhook_endpoints/{id}/resend",
      .id = "resend_webhook_events",
      .tag = "Webhooks",
      .summary = "Deliver events again",
      .description =
          "One event, or up to 1,000 of a time range: go on with next_cursor. The "
          "webhook-id stays the same.",
      .scope = api::Scope::WebhooksWrite,
      .ways = {api::Way::Execute, api::Way::List},
      .path_parameters = {api::id_parameter(WebhookEndpoint::kPrefix, "The endpoint.")},
      .request = api::body(ResendRequest{.since = *from_rfc3339("2026-08-20T09:00:00Z"),
                                         .until = *from_rfc3339("2026-08-20T10:00:00Z")}),
      .status = 202,
      .answer = api::body(ResendResource{.events = 42}),
      .problems = {"webhook_endpoint_not_found", "webhook_endpoint_disabled", "resend_unclear",
                   "resend_too_large", "event_not_found", "event_type_unknown", "cursor_invalid"}};
}

api::Operation delivery_operation() {
  return {.method = "POST",
          .path = "/v1/webhook_deliveries/{id}/resend",
          .id = "resend_webhook_delivery",
          .tag = "Webhooks",
          .summary = "Deliver one event again",
          .scope = api::Scope::WebhooksWrite,
          .ways = {api::Way::Execute, api::Way::List},
          .path_parameters = {api::id_parameter(Delivery::kPrefix, "The delivery.")},
          .status = 202,
          .answer = api::body(ResendResource{.events = 1}),
          .problems = {"webhook_delivery_not_found", "webhook_endpoint_not_found",
                       "webhook_endpoint_disabled"}};
}

}  // namespace

void add_resend_endpoints(const EndpointPorts& ports) {
  const auto add_operation = [&ports](api::Operation operation, auto* endpoint) {
    ports.gateway.add(std::move(operation),
                      [ports, endpoint](const Request& request, net::Responder respond) {
                        endpoint(ports, request, std::move(respond));
                      });
  };
  add_operation(events_operation(), &resend_events);
  add_operation(delivery_operation(), &resend_delivery);
}

}  // namespace remit::webhooks
