#pragma once

#include "kit/base/codec/json.h"
#include "kit/base/codec/json_schema.h"
#include "pay/webhooks/endpoint.h"
#include "pay/webhooks/endpoints/endpoints.h"

#include <optional>
#include <string>
#include <vector>

/// What the API takes about webhooks, and what is wrong with it.
namespace remit::webhooks {

/// What POST /v1/webhook_endpoints takes.
struct CreateEndpointRequest {
  std::string url;
  std::optional<std::vector<std::string>> event_types;
  std::optional<std::string> description;
  std::optional<SignatureScheme> scheme;  ///< hmac_sha256 when left out.
};
BOOST_DESCRIBE_STRUCT(CreateEndpointRequest, (), (url, event_types, description, scheme))

/// What PATCH /v1/webhook_endpoints/{id} takes; what is left out stays.
struct UpdateEndpointRequest {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> event_types;
  std::optional<std::string> description;
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(UpdateEndpointRequest, (), (url, event_types, description, enabled))

/// What POST /v1/webhook_endpoints/{id}/rotate_secret takes.
struct RotateSecretRequest {
  std::optional<SignatureScheme> scheme;  ///< As the newest key's when left out.
  std::optional<std::uint32_t> overlap_seconds;
};
BOOST_DESCRIBE_STRUCT(RotateSecretRequest, (), (scheme, overlap_seconds))

/// What POST /v1/webhook_endpoints/{id}/resend takes: one event, or a time range.
struct ResendRequest {
  std::optional<TypeId> event;
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
  std::optional<std::string> event_type;
  std::optional<std::string> cursor;  ///< As the answer before gave it.
};
BOOST_DESCRIBE_STRUCT(ResendRequest, (), (event, since, until, event_type, cursor))

/// The endpoint that the path names; NotFound for what is no such id.
Result<TypeId> endpoint_in(const api::Request& request);
Result<TypeId> delivery_in(const api::Request& request);

/// What is wrong with the settings, if anything.
Result<void> check_event_types(const std::vector<std::string>& types,
                               const std::vector<std::string_view>& known);
Result<void> check_description(const std::string& description);

}  // namespace remit::webhooks

namespace remit::codec {

template <>
struct JsonNames<webhooks::CreateEndpointRequest> {
  static constexpr std::string_view kTypeName = "NewWebhookEndpoint";
};
template <>
struct JsonFields<webhooks::CreateEndpointRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"url", "https, at a public address."},
      {"event_types", "Types, or the start of some with a *; all when left out."},
      {"scheme", "hmac_sha256 when left out."}};
  static constexpr JsonRule kRules[] = {{"url", R"("maxLength":2048)"},
                                        {"event_types", R"("maxItems":64)"},
                                        {"description", R"("maxLength":256)"}};
};

template <>
struct JsonNames<webhooks::UpdateEndpointRequest> {
  static constexpr std::string_view kTypeName = "WebhookEndpointChange";
};
template <>
struct JsonFields<webhooks::UpdateEndpointRequest> {
  static constexpr JsonDescription kDescriptions[] = {{"", "What is left out stays as it is."}};
  static constexpr JsonRule kRules[] = {{"url", R"("maxLength":2048)"},
                                        {"event_types", R"("maxItems":64)"},
                                        {"description", R"("maxLength":256)"}};
};

template <>
struct JsonNames<webhooks::RotateSecretRequest> {
  static constexpr std::string_view kTypeName = "WebhookSecretRotation";
};
template <>
struct JsonFields<webhooks::RotateSecretRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"overlap_seconds", "How long the replaced secret goes on signing; a day when left out."}};
  static constexpr JsonRule kRules[] = {{"overlap_seconds", R"("maximum":604800)"}};
};

template <>
struct JsonNames<webhooks::ResendRequest> {
  static constexpr std::string_view kTypeName = "WebhookResendRequest";
};
template <>
struct JsonFields<webhooks::ResendRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "One event, or all of a time range."},
      {"event_type", "Of a range: only this type, or those that begin so with a *."},
      {"cursor", "Of a range: as the answer before gave it."}};
};

}  // namespace remit::codec
