#include "pay/webhooks/endpoints/webhook_resource.h"
#include "pay/webhooks/read_tables.h"
#include "pay/webhooks/signature.h"

namespace remit::webhooks {
namespace {

using api::Request;

Result<CreateEndpoint> created_by(const Request& request, const EndpointPorts& ports) {
  auto asked = TRY(codec::from_json<CreateEndpointRequest>(request.http.body));
  CreateEndpoint command{
      .id = ports.gateway.make_id(WebhookEndpoint::kPrefix),
      .settings = {.url = std::move(asked.url),
                   .event_types = asked.event_types.value_or(std::vector<std::string>()),
                   .description = asked.description.value_or("")}};
  TRY(check_url(command.settings.url, ports.urls));
  TRY(check_event_types(command.settings.event_types, ports.event_types));
  TRY(check_description(command.settings.description));
  command.key = TRY(new_key(request, ports, asked.scheme.value_or(SignatureScheme::HmacSha256)));
  return command;
}

void create(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  Result<CreateEndpoint> command = created_by(request, ports);
  if (!command) return respond(net::problem_response(command.error()));
  ports.gateway.execute(request, std::move(*command), 201, std::move(respond),
                        [ports](const WebhookEndpoint& endpoint) -> Result<std::string> {
                          return codec::to_json(TRY(to_resource_with_keys(endpoint, ports.sealer)));
                        });
}

Result<UpdateEndpoint> updated_by(const Request& request, const EndpointPorts& ports) {
  UpdateEndpoint command{.id = TRY(endpoint_in(request))};
  auto asked = TRY(codec::from_json<UpdateEndpointRequest>(request.http.body));
  if (asked.url) TRY(check_url(*asked.url, ports.urls));
  if (asked.event_types) TRY(check_event_types(*asked.event_types, ports.event_types));
  if (asked.description) TRY(check_description(*asked.description));
  command.url = std::move(asked.url);
  command.event_types = std::move(asked.event_types);
  command.description = std::move(asked.description);
  command.enabled = asked.enabled;
  return command;
}

void update(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  Result<UpdateEndpoint> command = updated_by(request, ports);
  if (!command) return respond(net::problem_response(command.error()));
  ports.gateway.execute(
      request, std::move(*command), 200, std::move(respond),
      [](const WebhookEndpoint& endpoint) { return codec::to_json(to_resource(endpoint)); });
}

void remove(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  const Result<TypeId> id = endpoint_in(request);
  if (!id) return respond(net::problem_response(id.error()));
  ports.gateway.execute(
      request, DeleteEndpoint{*id}, 200, std::move(respond),
      [](const WebhookEndpoint& endpoint) { return codec::to_json(to_resource(endpoint)); });
}

void get(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  const Result<TypeId> id = endpoint_in(request);
  if (!id) return respond(net::problem_response(id.error()));
  ports.gateway.query(
      request, std::move(respond),
      [id = *id, client = request.caller.client](engine::ReadView& view) -> Result<std::string> {
        return codec::to_json(to_resource(TRY(own_endpoint(view, client, id))));
      });
}

void list(const EndpointPorts& ports, const Request& request, net::Responder respond) {
  ports.gateway.list(
      request, std::move(respond),
      [client = request.caller.client](sqlite::Database& rows) -> Result<std::string> {
        std::vector<std::string> items;
        for (const WebhookEndpoint& endpoint : TRY(list_endpoints(rows, client))) {
          items.push_back(codec::to_json(to_resource(endpoint)));
        }
        return api::render_page(items, std::nullopt);
      });
}

constexpr std::string_view kTag = "Webhooks";

EndpointResource shown() {
  return to_resource(example_endpoint());
}

EndpointResource shown_with_key() {
  EndpointResource resource = shown();
  resource.keys = {{example_key()}};
  return resource;
}

api::Operation create_operation() {
  return {
      .method = "POST",
      .path = "/v1/webhook_endpoints",
      .id = "create_webhook_endpoint",
      .tag = kTag,
      .summary = "Open a webhook endpoint",
      .description = "Events from now on are posted to it, signed by Standard Webhooks 1.0.",
      .scope = api::Scope::WebhooksWrite,
      .ways = {api::Way::Execute},
      .request =
          api::body(CreateEndpointRequest{.url = "https://shop.example/remit",
                                          .event_types = std::vector<std::string>{"payment.*"}}),
      .status = 201,
      .answer = api::body(shown_with_key()),
      .problems = {"url_invalid", "url_not_allowed", "event_type_unknown", "event_types_too_many",
                   "description_too_long", "webhook_endpoints_full", "webhook_endpoint_id_reused"}};
}

api::Operation list_operation() {
  return {.method = "GET",
          .path = "/v1/webhook_endpoints",
          .id = "list_webhook_endpoints",
          .tag = kTag,
          .summary = "List webhook endpoints",
          .description = "All of them, oldest first: a client has few.",
          .scope = api::Scope::WebhooksRead,
          .ways = {api::Way::List},
          .answer = api::page_of(shown())};
}

api::Operation get_operation() {
  return {.method = "GET",
          .path = "/v1/webhook_endpoints/{id}",
          .id = "get_webhook_endpoint",
          .tag = kTag,
          .summary = "Read a webhook endpoint",
          .scope = api::Scope::WebhooksRead,
          .ways = {api::Way::Query},
          .path_parameters = {api::id_parameter(WebhookEndpoint::kPrefix, "The endpoint.")},
          .answer = api::body(shown()),
          .problems = {"webhook_endpoint_not_found"}};
}

api::Operation update_operation() {
  return {
      .method = "PATCH",
      .path = "/v1/webhook_endpoints/{id}",
      .id = "update_webhook_endpoint",
      .tag = kTag,
      .summary = "Change, disable or enable a webhook endpoint",
      .description =
          "What happens while it is disabled is not delivered, unless a resend asks "
          "for it.",
      .scope = api::Scope::WebhooksWrite,
      .ways = {api::Way::Execute},
      .path_parameters = {api::id_parameter(WebhookEndpoint::kPrefix, "The endpoint.")},
      .request = api::body(UpdateEndpointRequest{.enabled = false}),
      .answer = api::body(shown()),
      .problems = {"url_invalid", "url_not_allowed", "event_type_unknown", "event_types_too_many",
                   "description_too_long", "webhook_endpoint_not_found"}};
}

api::Operation delete_operation() {
  return {.method = "DELETE",
          .path = "/v1/webhook_endpoints/{id}",
          .id = "delete_webhook_endpoint",
          .tag = kTag,
          .summary = "Delete a webhook endpoint",
          .scope = api::Scope::WebhooksWrite,
          .ways = {api::Way::Execute},
          .path_parameters = {api::id_parameter(WebhookEndpoint::kPrefix, "The endpoint.")},
          .answer = api::body(shown()),
          .problems = {"webhook_endpoint_not_found"}};
}

}  // namespace

WebhookEndpoint example_endpoint() {
  return {.id = *TypeId::parse("whe_01h455vb4pex5vsknk084sn02q"),
          .settings = {.url = "https://shop.example/remit", .event_types = {"payment.*"}},
          .created_at = *from_rfc3339("2026-08-20T09:30:00Z"),
          .updated_at = *from_rfc3339("2026-08-20T09:30:00Z")};
}

void add_manage_endpoints(const EndpointPorts& ports) {
  const auto add = [&ports](api::Operation operation, auto* endpoint) {
    ports.gateway.add(std::move(operation),
                      [ports, endpoint](const Request& request, net::Responder respond) {
                        endpoint(ports, request, std::move(respond));
                      });
  };
  add(create_operation(), &create);
  add(list_operation(), &list);
  add(get_operation(), &get);
  add(update_operation(), &update);
  add(delete_operation(), &remove);
}

void add_endpoints(const EndpointPorts& ports) {
  ports.gateway.explain(problems());
  add_manage_endpoints(ports);
  add_secret_endpoints(ports);
  add_delivery_endpoints(ports);
  add_resend_endpoints(ports);
}

}  // namespace remit::webhooks
