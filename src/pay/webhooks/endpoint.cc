#include "pay/webhooks/endpoint.h"

#include "pay/webhooks/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::webhooks {
namespace {

void add_key(WebhookEndpoint& endpoint, SigningKey key, const engine::EventContext& context) {
  key.created_at = context.time;
  endpoint.keys.insert(endpoint.keys.begin(), std::move(key));
  if (endpoint.keys.size() > kSigningKeysMax) endpoint.keys.resize(kSigningKeysMax);
}

Result<void> check_free(engine::View& view, const ClientId& client) {
  const auto* had = view.find<ClientEndpoints>(client_endpoints_id(client));
  if (had == nullptr || had->count < kEndpointsMax) return {};
  return fail(ErrorCode::FailedPrecondition, "webhook_endpoints_full",
              fmt::format("A client has at most {} webhook endpoints; delete one that is no longer "
                          "used.",
                          kEndpointsMax));
}

}  // namespace

bool WebhookEndpoint::wants(std::string_view event_type) const {
  if (settings.event_types.empty()) return true;
  return std::ranges::any_of(settings.event_types, [&](std::string_view wanted) {
    if (!wanted.ends_with('*')) return wanted == event_type;
    return event_type.starts_with(wanted.substr(0, wanted.size() - 1));
  });
}

TypeId client_endpoints_id(const ClientId& client) {
  return TypeId::derive(ClientEndpoints::kPrefix, client, "webhook_endpoints");
}

void evolve(engine::Changes& changes, const EndpointCreated& event,
            const engine::EventContext& context) {
  WebhookEndpoint& endpoint = changes.change<WebhookEndpoint>(context.stream);
  endpoint = {.id = context.stream,
              .client = event.client,
              .settings = event.settings,
              .enabled_at = context.position.value,
              .created_at = context.time,
              .updated_at = context.time};
  add_key(endpoint, event.key, context);
  ++changes.change<ClientEndpoints>(client_endpoints_id(event.client)).count;
}

void evolve(engine::Changes& changes, const EndpointUpdated& event,
            const engine::EventContext& context) {
  WebhookEndpoint& endpoint = changes.change<WebhookEndpoint>(context.stream);
  endpoint.settings = event.settings;
  endpoint.updated_at = context.time;
}

void evolve(engine::Changes& changes, const EndpointEnabled&, const engine::EventContext& context) {
  WebhookEndpoint& endpoint = changes.change<WebhookEndpoint>(context.stream);
  endpoint.status = EndpointStatus::Enabled;
  endpoint.disabled_because.clear();
  endpoint.enabled_at = context.position.value;
  endpoint.updated_at = context.time;
}

void evolve(engine::Changes& changes, const EndpointDisabled& event,
            const engine::EventContext& context) {
  WebhookEndpoint& endpoint = changes.change<WebhookEndpoint>(context.stream);
  endpoint.status = EndpointStatus::Disabled;
  endpoint.disabled_because = event.because;
  endpoint.updated_at = context.time;
}

void evolve(engine::Changes& changes, const EndpointDeleted& event,
            const engine::EventContext& context) {
  WebhookEndpoint& endpoint = changes.change<WebhookEndpoint>(context.stream);
  endpoint.status = EndpointStatus::Deleted;
  endpoint.keys.clear();
  endpoint.updated_at = context.time;
  --changes.change<ClientEndpoints>(client_endpoints_id(event.client)).count;
}

void evolve(engine::Changes& changes, const SecretRotated& event,
            const engine::EventContext& context) {
  WebhookEndpoint& endpoint = changes.change<WebhookEndpoint>(context.stream);
  for (SigningKey& key : endpoint.keys) {
    const bool later = key.expires_at == Timestamp() || key.expires_at > event.previous_until;
    if (later) key.expires_at = event.previous_until;
  }
  std::erase_if(endpoint.keys,
                [&](const SigningKey& key) { return key.expires_at <= context.time; });
  add_key(endpoint, event.key, context);
  endpoint.updated_at = context.time;
}

std::unexpected<Error> endpoint_not_found(std::string_view id) {
  return fail(ErrorCode::NotFound, "webhook_endpoint_not_found",
              fmt::format("No webhook endpoint {} exists; check the id.", id), "id");
}

Result<WebhookEndpoint> find_endpoint(engine::View& view, const TypeId& id) {
  const WebhookEndpoint* endpoint =
      id.prefix() == WebhookEndpoint::kPrefix ? view.find<WebhookEndpoint>(id) : nullptr;
  const bool there = endpoint != nullptr && endpoint->status != EndpointStatus::Deleted &&
                     endpoint->client == view.context().client;
  if (!there) return endpoint_not_found(id.to_string());
  return *endpoint;
}

Result<WebhookEndpoint> decide(engine::View& view, const CreateEndpoint& command) {
  const ClientId client = view.context().client;
  TRY(check_free(view, client));
  if (view.find<WebhookEndpoint>(command.id) != nullptr) {
    return fail(ErrorCode::Conflict, "webhook_endpoint_id_reused",
                "The endpoint's id is taken; send the request again with a new key.", "id");
  }
  view.emit(command.id, EndpointCreated{client, command.settings, command.key});
  return view.get<WebhookEndpoint>(command.id);
}

Result<WebhookEndpoint> decide(engine::View& view, const UpdateEndpoint& command) {
  const WebhookEndpoint endpoint = TRY(find_endpoint(view, command.id));
  EndpointSettings settings = endpoint.settings;
  if (command.url) settings.url = *command.url;
  if (command.event_types) settings.event_types = *command.event_types;
  if (command.description) settings.description = *command.description;
  if (command.url || command.event_types || command.description) {
    view.emit(command.id, EndpointUpdated{std::move(settings)});
  }
  const bool enabled = endpoint.status == EndpointStatus::Enabled;
  if (command.enabled && *command.enabled != enabled) {
    if (*command.enabled) {
      view.emit(command.id, EndpointEnabled{});
    } else {
      view.emit(command.id, EndpointDisabled{"client"});
    }
  }
  return view.get<WebhookEndpoint>(command.id);
}

Result<WebhookEndpoint> decide(engine::View& view, const DeleteEndpoint& command) {
  const WebhookEndpoint endpoint = TRY(find_endpoint(view, command.id));
  view.emit(command.id, EndpointDeleted{endpoint.client});
  return view.get<WebhookEndpoint>(command.id);
}

Result<WebhookEndpoint> decide(engine::View& view, const RotateSecret& command) {
  TRY(find_endpoint(view, command.id));
  view.emit(command.id, SecretRotated{command.key, view.now() + command.overlap});
  return view.get<WebhookEndpoint>(command.id);
}

}  // namespace remit::webhooks
