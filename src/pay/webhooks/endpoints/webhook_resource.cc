#include "pay/webhooks/endpoints/webhook_resource.h"

#include "pay/api/sealed_fields.h"
#include "pay/webhooks/signature.h"

namespace remit::webhooks {
namespace {

std::optional<Timestamp> unless_epoch(Timestamp time) {
  return time == Timestamp() ? std::nullopt : std::optional(time);
}

Result<AttemptResource> to_resource(const Attempt& attempt, codec::Sealer& sealer) {
  AttemptResource resource{
      .number = attempt.number,
      .at = attempt.at,
      .took_milliseconds =
          std::chrono::duration_cast<std::chrono::milliseconds>(attempt.took).count()};
  if (attempt.status_code != 0) resource.status_code = attempt.status_code;
  if (!attempt.error.empty()) resource.error = attempt.error;
  if (!attempt.answer.empty()) {
    Result<std::string> shown = sealer.show(attempt.answer);
    if (!shown) return std::unexpected(api::when_sealed_fails(std::move(shown).error()));
    resource.answer = std::move(*shown);
  }
  return resource;
}

}  // namespace

EndpointResource to_resource(const WebhookEndpoint& endpoint) {
  EndpointResource resource{.id = endpoint.id,
                            .url = endpoint.settings.url,
                            .event_types = endpoint.settings.event_types,
                            .description = endpoint.settings.description,
                            .status = endpoint.status,
                            .created_at = endpoint.created_at,
                            .updated_at = endpoint.updated_at};
  if (!endpoint.disabled_because.empty()) resource.disabled_because = endpoint.disabled_because;
  return resource;
}

Result<EndpointResource> to_resource_with_keys(const WebhookEndpoint& endpoint,
                                               codec::Sealer& sealer) {
  EndpointResource resource = to_resource(endpoint);
  std::vector<KeyResource>& keys = resource.keys.emplace();
  for (const SigningKey& key : endpoint.keys) {
    const std::optional<std::string> secret = TRY(api::open_unless_erased(sealer, key.secret));
    if (!secret) continue;
    Result<std::string> given = receivers_key(key.scheme, *secret);
    CHECK(given.has_value(), "{}", given.error().describe());
    keys.push_back(
        {key.id, key.scheme, std::move(*given), key.created_at, unless_epoch(key.expires_at)});
  }
  return resource;
}

Result<DeliveryResource> to_resource(const Delivery& delivery, codec::Sealer& sealer) {
  DeliveryResource resource{.id = delivery.id,
                            .endpoint = delivery.what.endpoint,
                            .event = delivery.what.event,
                            .event_type = delivery.what.event_type,
                            .subject = delivery.what.subject,
                            .status = delivery.status,
                            .attempt_count = delivery.attempts,
                            .delivered_at = unless_epoch(delivery.delivered_at)};
  if (delivery.status == DeliveryStatus::Retrying) {
    resource.next_attempt_at = unless_epoch(delivery.next_attempt_at);
  }
  for (const Attempt& attempt : delivery.last_attempts) {
    resource.attempts.push_back(TRY(to_resource(attempt, sealer)));
  }
  return resource;
}

Result<WebhookEndpoint> own_endpoint(engine::ReadView& view, const ClientId& client,
                                     const TypeId& id) {
  const auto* endpoint = view.find<WebhookEndpoint>(id);
  const bool there = endpoint != nullptr && endpoint->client == client &&
                     endpoint->status != EndpointStatus::Deleted;
  if (!there) return endpoint_not_found(id.to_string());
  return *endpoint;
}

}  // namespace remit::webhooks
