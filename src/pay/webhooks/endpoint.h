#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/engine/command.h"
#include "kit/engine/registry.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Webhooks: what happened, told to the URLs that a client names (Standard Webhooks 1.0).
namespace remit::webhooks {

/// How deliveries are signed (Standard Webhooks 1.0, "Signature scheme"). Values are stored: do not change or reuse them.
enum class SignatureScheme : std::uint8_t {
  HmacSha256 = 1,  ///< "v1": both sides know the secret.
  Ed25519 = 2,     ///< "v1a": the receiver knows the public key only.
};
BOOST_DESCRIBE_ENUM(SignatureScheme, HmacSha256, Ed25519)

/// What signs deliveries. The secret is what the receiver was given, `whsec_...`, or a private key in PEM.
struct SigningKey {
  TypeId id;  ///< Prefix "whk".
  SignatureScheme scheme = SignatureScheme::HmacSha256;
  codec::Sealed<std::string> secret;
  Timestamp created_at;
  Timestamp expires_at;  ///< The epoch for the newest, which signs until it is replaced.
};
BOOST_DESCRIBE_STRUCT(SigningKey, (), (id, scheme, secret, created_at, expires_at))

/// Values are stored: do not change or reuse them.
enum class EndpointStatus : std::uint8_t {
  Enabled = 1,
  Disabled = 2,  ///< What happens meanwhile is not delivered, unless it is asked for.
  Deleted = 3,   ///< For good.
};
BOOST_DESCRIBE_ENUM(EndpointStatus, Enabled, Disabled, Deleted)

/// What an endpoint wants, and where.
struct EndpointSettings {
  std::string url;
  std::vector<std::string> event_types;  ///< Types, or starts of types with a `*`; empty: all.
  std::string description;
};
BOOST_DESCRIBE_STRUCT(EndpointSettings, (), (url, event_types, description))

/// One URL of a client to which its events are delivered.
struct WebhookEndpoint {
  static constexpr std::string_view kPrefix = "whe";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  ClientId client;
  EndpointSettings settings;
  EndpointStatus status = EndpointStatus::Enabled;
  std::string disabled_because;  ///< "client", or "gone": it answered 410.
  std::vector<SigningKey> keys;  ///< Newest first.
  std::uint64_t enabled_at = 0;  ///< The position behind which events are delivered.
  Timestamp created_at;
  Timestamp updated_at;

  /// Whether it wants events of the type.
  bool wants(std::string_view event_type) const;
};
BOOST_DESCRIBE_STRUCT(WebhookEndpoint, (),
                      (id, client, settings, status, disabled_because, keys, enabled_at, created_at,
                       updated_at))

/// How many endpoints a client has.
struct ClientEndpoints {
  static constexpr std::string_view kPrefix = "whc";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Snapshot;
  std::uint32_t count = 0;
};
BOOST_DESCRIBE_STRUCT(ClientEndpoints, (), (count))
TypeId client_endpoints_id(const ClientId& client);

struct EndpointCreated {
  static constexpr engine::EventType kType{"webhook.endpoint_created", 1};
  ClientId client;
  EndpointSettings settings;
  SigningKey key;
};
BOOST_DESCRIBE_STRUCT(EndpointCreated, (), (client, settings, key))

struct EndpointUpdated {
  static constexpr engine::EventType kType{"webhook.endpoint_updated", 1};
  EndpointSettings settings;
};
BOOST_DESCRIBE_STRUCT(EndpointUpdated, (), (settings))

struct EndpointEnabled {
  static constexpr engine::EventType kType{"webhook.endpoint_enabled", 1};
};
BOOST_DESCRIBE_STRUCT(EndpointEnabled, (), ())

struct EndpointDisabled {
  static constexpr engine::EventType kType{"webhook.endpoint_disabled", 1};
  std::string because;
};
BOOST_DESCRIBE_STRUCT(EndpointDisabled, (), (because))

struct EndpointDeleted {
  static constexpr engine::EventType kType{"webhook.endpoint_deleted", 1};
  ClientId client;
};
BOOST_DESCRIBE_STRUCT(EndpointDeleted, (), (client))

/// The new key signs from now on, the earlier ones until `previous_until` at most.
struct SecretRotated {
  static constexpr engine::EventType kType{"webhook.secret_rotated", 1};
  SigningKey key;
  Timestamp previous_until;
};
BOOST_DESCRIBE_STRUCT(SecretRotated, (), (key, previous_until))

void evolve(engine::Changes&, const EndpointCreated&, const engine::EventContext&);
void evolve(engine::Changes&, const EndpointUpdated&, const engine::EventContext&);
void evolve(engine::Changes&, const EndpointEnabled&, const engine::EventContext&);
void evolve(engine::Changes&, const EndpointDisabled&, const engine::EventContext&);
void evolve(engine::Changes&, const EndpointDeleted&, const engine::EventContext&);
void evolve(engine::Changes&, const SecretRotated&, const engine::EventContext&);

/// POST /v1/webhook_endpoints. The settings were validated by the endpoint.
struct CreateEndpoint {
  static constexpr std::string_view kName = "webhook.create_endpoint";
  using Answer = WebhookEndpoint;
  TypeId id;
  EndpointSettings settings;
  SigningKey key;
};
BOOST_DESCRIBE_STRUCT(CreateEndpoint, (), (id, settings, key))

/// What is absent stays as it is.
struct UpdateEndpoint {
  static constexpr std::string_view kName = "webhook.update_endpoint";
  using Answer = WebhookEndpoint;
  TypeId id;
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> event_types;
  std::optional<std::string> description;
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(UpdateEndpoint, (), (id, url, event_types, description, enabled))

struct DeleteEndpoint {
  static constexpr std::string_view kName = "webhook.delete_endpoint";
  using Answer = WebhookEndpoint;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(DeleteEndpoint, (), (id))

struct RotateSecret {
  static constexpr std::string_view kName = "webhook.rotate_secret";
  using Answer = WebhookEndpoint;
  TypeId id;
  SigningKey key;
  Duration overlap{};
};
BOOST_DESCRIBE_STRUCT(RotateSecret, (), (id, key, overlap))

Result<WebhookEndpoint> decide(engine::View& view, const CreateEndpoint& command);
Result<WebhookEndpoint> decide(engine::View& view, const UpdateEndpoint& command);
Result<WebhookEndpoint> decide(engine::View& view, const DeleteEndpoint& command);
Result<WebhookEndpoint> decide(engine::View& view, const RotateSecret& command);

/// The asking client's endpoint; NotFound for anybody else's and for a deleted one.
Result<WebhookEndpoint> find_endpoint(engine::View& view, const TypeId& id);
std::unexpected<Error> endpoint_not_found(std::string_view id);

/// Registers everything of this folder.
void register_kinds(engine::Registry& registry);

}  // namespace remit::webhooks
