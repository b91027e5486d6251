#include "pay/api/facts.h"
#include "pay/webhooks/endpoints/webhook_resource.h"
#include "pay/webhooks/read_tables.h"

#include <fmt/format.h>

namespace remit::webhooks {
namespace {

using api::Request;

Result<DeliveryFilter> filter_of(const Request& request) {
  DeliveryFilter filter{.endpoint = TRY(endpoint_in(request))};
  const auto query =
      TRY(api::Query::parse(request.http.query, {"limit", "cursor", "status", "event", "subject"}));
  filter.rows_max = TRY(query.limit());
  filter.status = TRY(query.enumerator<DeliveryStatus>("status"));
  filter.event = TRY(query.id("event"));
  filter.subject = TRY(query.id("subject"));
  if (const auto cursor = TRY(query.cursor())) {
    filter.before = TRY(api::position_in_cursor(cursor->first));
  }
  return filter;
}

void list(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  Result<DeliveryFilter> filter = filter_of(request);
  if (!filter) return respond(net::problem_response(filter.error()));
  ports.gateway.list(request, std::move(respond),
                     [ports, filter = *filter, client = request.caller.client](
                         sqlite::Database& rows) -> Result<std::string> {
                       const auto endpoint =
                           TRY(flow::find_state<WebhookEndpoint>(rows, filter.endpoint));
                       if (!endpoint || endpoint->client != client) {
                         return endpoint_not_found(filter.endpoint.to_string());
                       }
                       const DeliveryPage page = TRY(list_deliveries(rows, filter));
                       std::vector<std::string> items;
                       for (const Delivery& delivery : page.deliveries) {
                         items.push_back(codec::to_json(TRY(to_resource(delivery, ports.sealer))));
                       }
                       return api::render_page(items, page.next_cursor);
                     });
}

void get(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  const Result<TypeId> id = delivery_in(request);
  if (!id) return respond(net::problem_response(id.error()));
  ports.gateway.list(request, std::move(respond),
                     [ports, id = *id, client = request.caller.client](
                         sqlite::Database& rows) -> Result<std::string> {
                       const Delivery delivery = TRY(own_delivery(rows, client, id));
                       DeliveryResource resource = TRY(to_resource(delivery, ports.sealer));
                       if (auto fact = TRY(api::fact_at(rows, client, delivery.what.position))) {
                         resource.body = codec::RawJson{std::move(fact->json)};
                       }
                       return codec::to_json(resource);
                     });
}

std::string status_schema() {
  std::vector<std::string_view> names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<DeliveryStatus>>(
      [&](auto one) { names.push_back(codec::json_name(one.value)); });
  return fmt::format(R"({{"type":"string","enum":["{}"]}})", fmt::join(names, R"(",")"));
}

api::Operation list_operation(const DeliveryResource& shown) {
  return {.method = "GET",
          .path = "/v1/webhook_endpoints/{id}/deliveries",
          .id = "list_webhook_deliveries",
          .tag = "Webhooks",
          .summary = "List the deliveries of a webhook endpoint",
          .description = "Newest event first.",
          .scope = api::Scope::WebhooksRead,
          .ways = {api::Way::List},
          .path_parameters = {api::id_parameter(WebhookEndpoint::kPrefix, "The endpoint.")},
          .query = api::page_parameters({{.name = "status",
                                          .description = "Only those in this state.",
                                          .schema = status_schema()},
                                         {.name = "event",
                                          .description = "Only that of this event.",
                                          .schema = R"({"type":"string"})"},
                                         {.name = "subject",
                                          .description = "Only those of events of this entity.",
                                          .schema = R"({"type":"string"})"}}),
          .answer = api::page_of(shown),
          .problems = {"webhook_endpoint_not_found", "status_unknown", "id_invalid"}};
}

api::Operation get_operation(const DeliveryResource& shown) {
  return {.method = "GET",
          .path = "/v1/webhook_deliveries/{id}",
          .id = "get_webhook_delivery",
          .tag = "Webhooks",
          .summary = "Read a delivery",
          .description = "With the body as it is posted.",
          .scope = api::Scope::WebhooksRead,
          .ways = {api::Way::List},
          .path_parameters = {api::id_parameter(Delivery::kPrefix, "The delivery.")},
          .answer = api::body(shown),
          .problems = {"webhook_delivery_not_found"}};
}

}  // namespace

Delivery example_delivery() {
  const Timestamp at = *from_rfc3339("2026-08-20T09:30:00Z");
  return {.id = *TypeId::parse("whd_01h455vb4pex5vsknk084sn02q"),
          .what = {.endpoint = *TypeId::parse("whe_01h455vb4pex5vsknk084sn02q"),
                   .event = *TypeId::parse("evt_01h455vb4pex5vsknk084sn02q"),
                   .event_type = "payment.settled.v1",
                   .subject = *TypeId::parse("pay_01h455vb4pex5vsknk084sn02q")},
          .status = DeliveryStatus::Delivered,
          .attempts = 1,
          .delivered_at = at,
          .last_attempts = {
              {.number = 1, .at = at, .took = std::chrono::milliseconds(85), .status_code = 200}}};
}

Result<Delivery> own_delivery(sqlite::Database& rows, const ClientId& client, const TypeId& id) {
  auto delivery = TRY(flow::find_state<Delivery>(rows, id));
  if (delivery && delivery->what.client == client) return std::move(*delivery);
  return fail(ErrorCode::NotFound, "webhook_delivery_not_found",
              fmt::format("No webhook delivery {} exists; check the id.", id.to_string()), "id");
}

void add_delivery_endpoints(const EndpointPorts& ports) {
  const auto add = [&ports](api::Operation operation, auto* endpoint) {
    ports.gateway.add(std::move(operation),
                      [ports, endpoint](const Request& request, net::Responder respond) {
                        endpoint(ports, request, std::move(respond));
                      });
  };
  const Result<DeliveryResource> shown = to_resource(example_delivery(), ports.sealer);
  CHECK(shown.has_value(), "{}", shown.error().describe());
  add(list_operation(*shown), &list);
  add(get_operation(*shown), &get);
}

}  // namespace remit::webhooks
