#include "pay/webhooks/endpoints/webhook_resource.h"
#include "pay/webhooks/limits.h"
#include "pay/webhooks/signature.h"

#include <fmt/format.h>

namespace remit::webhooks {
namespace {

using api::Request;

Result<Duration> overlap_of(const RotateSecretRequest& asked) {
  if (!asked.overlap_seconds) return kRotationOverlapDefault;
  const Duration overlap = std::chrono::seconds(*asked.overlap_seconds);
  if (overlap <= kRotationOverlapMax) return overlap;
  return fail(
      ErrorCode::InvalidArgument, "overlap_too_long",
      fmt::format("A replaced secret signs for at most {} seconds more.",
                  std::chrono::duration_cast<std::chrono::seconds>(kRotationOverlapMax).count()),
      "overlap_seconds");
}

Result<RotateSecret> rotation_in(const Request& request, const EndpointPorts& ports) {
  RotateSecret command{.id = TRY(endpoint_in(request))};
  RotateSecretRequest asked;
  if (!request.http.body.empty()) {
    asked = TRY(codec::from_json<RotateSecretRequest>(request.http.body));
  }
  command.overlap = TRY(overlap_of(asked));
  command.key = TRY(new_key(request, ports, asked.scheme.value_or(SignatureScheme::HmacSha256)));
  return command;
}

EndpointResource rotated() {
  EndpointResource resource = to_resource(example_endpoint());
  resource.keys = {{example_key()}};
  return resource;
}

api::Operation keys_operation() {
  return {.method = "GET",
          .path = "/v1/webhook_endpoints/{id}/keys",
          .id = "list_webhook_keys",
          .tag = "Webhooks",
          .summary = "Read the secrets of a webhook endpoint",
          .description = "Those that sign now, newest first.",
          .scope = api::Scope::WebhooksWrite,
          .ways = {api::Way::Query},
          .path_parameters = {api::id_parameter(WebhookEndpoint::kPrefix, "The endpoint.")},
          .answer = api::page_of(example_key()),
          .problems = {"webhook_endpoint_not_found"}};
}

api::Operation rotate_operation() {
  return {.method = "POST",
          .path = "/v1/webhook_endpoints/{id}/rotate_secret",
          .id = "rotate_webhook_secret",
          .tag = "Webhooks",
          .summary = "Give a webhook endpoint a new secret",
          .description = "Deliveries have two signatures until the replaced one ends.",
          .scope = api::Scope::WebhooksWrite,
          .ways = {api::Way::Execute},
          .path_parameters = {api::id_parameter(WebhookEndpoint::kPrefix, "The endpoint.")},
          .request = api::optional(api::body(RotateSecretRequest{.overlap_seconds = 86400})),
          .answer = api::body(rotated()),
          .problems = {"webhook_endpoint_not_found", "overlap_too_long"}};
}

}  // namespace

KeyResource example_key() {
  return {.id = *TypeId::parse("whk_01h455vb4pex5vsknk084sn02q"),
          .key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          .created_at = *from_rfc3339("2026-08-20T09:30:00Z")};
}

Result<SigningKey> new_key(const Request& request, const EndpointPorts& ports,
                           SignatureScheme scheme) {
  return SigningKey{
      .id = ports.gateway.make_id("whk"),
      .scheme = scheme,
      .secret = TRY(ports.sealer.seal(request.caller.client, make_secret(scheme, ports.entropy)))};
}

void add_secret_endpoints(const EndpointPorts& ports) {
  ports.gateway.add(keys_operation(), [ports](const Request& request, net::Responder respond) {
    const Result<TypeId> id = endpoint_in(request);
    if (!id) return respond(net::problem_response(id.error()));
    ports.gateway.query(request, std::move(respond),
                        [ports, id = *id, client = request.caller.client](
                            engine::ReadView& view) -> Result<std::string> {
                          const WebhookEndpoint found = TRY(own_endpoint(view, client, id));
                          const EndpointResource shown =
                              TRY(to_resource_with_keys(found, ports.sealer));
                          std::vector<std::string> keys;
                          for (const KeyResource& key : *shown.keys) {
                            keys.push_back(codec::to_json(key));
                          }
                          return api::render_page(keys, std::nullopt);
                        });
  });
  ports.gateway.add(rotate_operation(), [ports](const Request& request, net::Responder respond) {
    Result<RotateSecret> command = rotation_in(request, ports);
    if (!command) return respond(net::problem_response(command.error()));
    ports.gateway.execute(
        request, std::move(*command), 200, std::move(respond),
        [ports](const WebhookEndpoint& endpoint) -> Result<std::string> {
          return codec::to_json(TRY(to_resource_with_keys(endpoint, ports.sealer)));
        });
  });
}

}  // namespace remit::webhooks
