#pragma once

#include "kit/base/codec/json.h"
#include "kit/base/codec/json_schema.h"
#include "pay/webhooks/delivery.h"
#include "pay/webhooks/endpoints/webhook_request.h"

#include <optional>
#include <string>
#include <vector>

/// What the API says of webhooks: JSON, apart from what is journalled.
namespace remit::webhooks {

/// A key as the receiver is to have it.
struct KeyResource {
  TypeId id;
  SignatureScheme scheme = SignatureScheme::HmacSha256;
  std::string key;  ///< `whsec_...`, or `whpk_...` for Ed25519.
  Timestamp created_at;
  std::optional<Timestamp> expires_at;  ///< Until when it goes on signing, once it was replaced.
};
BOOST_DESCRIBE_STRUCT(KeyResource, (), (id, scheme, key, created_at, expires_at))

struct EndpointResource {
  TypeId id;
  std::string url;
  std::vector<std::string> event_types;  ///< Empty: all.
  std::string description;
  EndpointStatus status = EndpointStatus::Enabled;
  std::optional<std::string> disabled_because;
  std::optional<std::vector<KeyResource>> keys;  ///< Only where it was created or rotated.
  Timestamp created_at;
  Timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(EndpointResource, (),
                      (id, url, event_types, description, status, disabled_because, keys,
                       created_at, updated_at))

struct AttemptResource {
  std::uint32_t number = 0;
  Timestamp at;
  std::int64_t took_milliseconds = 0;
  std::optional<std::uint32_t> status_code;
  std::optional<std::string> error;
  std::optional<std::string> answer;
};
BOOST_DESCRIBE_STRUCT(AttemptResource, (),
                      (number, at, took_milliseconds, status_code, error, answer))

struct DeliveryResource {
  TypeId id;
  TypeId endpoint;
  TypeId event;
  std::string event_type;
  TypeId subject;
  DeliveryStatus status = DeliveryStatus::Delivered;
  std::uint32_t attempt_count = 0;
  std::optional<Timestamp> next_attempt_at;
  std::optional<Timestamp> delivered_at;
  std::vector<AttemptResource> attempts;  ///< The last ones, oldest first.
  std::optional<codec::RawJson> body;     ///< What is posted; where one delivery is asked for.
};
BOOST_DESCRIBE_STRUCT(DeliveryResource, (),
                      (id, endpoint, event, event_type, subject, status, attempt_count,
                       next_attempt_at, delivered_at, attempts, body))

struct ResendResource {
  std::uint32_t events = 0;                ///< That will be delivered again.
  std::optional<std::string> next_cursor;  ///< There are more in the range.
};
BOOST_DESCRIBE_STRUCT(ResendResource, (), (events, next_cursor))

/// Shown by the documents.
KeyResource example_key();

EndpointResource to_resource(const WebhookEndpoint& endpoint);
/// With its keys, which are left out once the client was erased. Fails as api::open_unless_erased does.
Result<EndpointResource> to_resource_with_keys(const WebhookEndpoint& endpoint,
                                               codec::Sealer& sealer);
/// With what was answered, or `<erased>`. Fails as the above.
Result<DeliveryResource> to_resource(const Delivery& delivery, codec::Sealer& sealer);

/// A new key of the asking client, sealed.
Result<SigningKey> new_key(const api::Request& request, const EndpointPorts& ports,
                           SignatureScheme scheme);
/// The client's endpoint, not deleted; NotFound otherwise.
Result<WebhookEndpoint> own_endpoint(engine::ReadView& view, const ClientId& client,
                                     const TypeId& id);
/// The client's delivery as the read model has it; NotFound otherwise.
Result<Delivery> own_delivery(sqlite::Database& rows, const ClientId& client, const TypeId& id);

}  // namespace remit::webhooks

namespace remit::codec {

template <>
struct JsonNames<webhooks::KeyResource> {
  static constexpr std::string_view kTypeName = "WebhookKey";
};
template <>
struct JsonFields<webhooks::KeyResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "What the receiver verifies deliveries with."},
      {"key", "whsec_ and base64 of the secret, or whpk_ and base64 of the Ed25519 public key."},
      {"expires_at", "Until when it goes on signing; absent for the newest."}};
};

template <>
struct JsonNames<webhooks::EndpointResource> {
  static constexpr std::string_view kTypeName = "WebhookEndpoint";
};
template <>
struct JsonFields<webhooks::EndpointResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "A URL to which events are posted."},
      {"event_types", "Types, or the start of some with a *; empty: all."},
      {"disabled_because", "client, or gone: it answered 410."},
      {"keys", "Where it was opened or its secret rotated; newest first."}};
};

template <>
struct JsonNames<webhooks::AttemptResource> {
  static constexpr std::string_view kTypeName = "WebhookAttempt";
};
template <>
struct JsonFields<webhooks::AttemptResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "One attempt to deliver."},
      {"status_code", "Absent when there was no answer."},
      {"error", "Stable, for programs; absent when it was delivered."},
      {"answer", "The first kilobyte of the answer's body."}};
};

template <>
struct JsonNames<webhooks::DeliveryResource> {
  static constexpr std::string_view kTypeName = "WebhookDelivery";
};
template <>
struct JsonFields<webhooks::DeliveryResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "One event on its way to one endpoint."},
      {"event", "What the receiver sees as webhook-id."},
      {"attempts", "The last ones, oldest first."},
      {"body", "What is posted; where one delivery is read."}};
};

template <>
struct JsonNames<webhooks::ResendResource> {
  static constexpr std::string_view kTypeName = "WebhookResend";
};
template <>
struct JsonFields<webhooks::ResendResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "What will be delivered again."},
      {"events", "How many."},
      {"next_cursor", "Give it as cursor for the rest of the range."}};
};

}  // namespace remit::codec
