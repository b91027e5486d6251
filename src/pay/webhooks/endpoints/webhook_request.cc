#include "pay/webhooks/endpoints/webhook_request.h"

#include "kit/net/public_address.h"
#include "kit/net/url.h"
#include "pay/api/facts.h"
#include "pay/webhooks/delivery.h"
#include "pay/webhooks/limits.h"

#include <fmt/format.h>

namespace remit::webhooks {
namespace {

bool is_numeric(const std::string& host) {
  return host.find_first_not_of("0123456789.") == std::string::npos ||
         host.find(':') != std::string::npos;
}

Result<TypeId> id_in(const api::Request& request, std::string_view prefix, std::string_view code,
                     std::string_view noun) {
  const std::string& text = request.parameters.find("id")->second;
  const std::optional<TypeId> id = TypeId::parse(text);
  if (id && id->prefix() == prefix) return *id;
  return fail(ErrorCode::NotFound, std::string(code),
              fmt::format("No {} {} exists; check the id.", noun, text), "id");
}

}  // namespace

Result<TypeId> endpoint_in(const api::Request& request) {
  return id_in(request, WebhookEndpoint::kPrefix, "webhook_endpoint_not_found", "webhook endpoint");
}

Result<TypeId> delivery_in(const api::Request& request) {
  return id_in(request, Delivery::kPrefix, "webhook_delivery_not_found", "webhook delivery");
}

Result<void> check_url(const std::string& url, const UrlPolicy& policy) {
  const auto refuse = [](std::string message) {
    return fail(ErrorCode::InvalidArgument, "url_not_allowed", std::move(message), "url");
  };
  if (url.size() > kUrlBytesMax) {
    return refuse(fmt::format("A URL has at most {} bytes.", kUrlBytesMax));
  }
  Result<net::Url> parts = net::parse_url(url);
  if (!parts) {
    parts.error().field = "url";
    return std::unexpected(std::move(parts).error());
  }
  if (parts->scheme != "https" && !(parts->scheme == "http" && policy.allow_http)) {
    return refuse("Events are posted over https only.");
  }
  if (parts->has_user) {
    return refuse("A URL with a user or password is not taken: check the signature instead.");
  }
  if (parts->has_fragment) return refuse("Leave out what stands behind the #.");
  if (!policy.allow_private_addresses &&
      (parts->host == "localhost" ||
       (is_numeric(parts->host) && !net::is_public_address(parts->host)))) {
    return refuse("Events are posted to public addresses only.");
  }
  return {};
}

Result<void> check_event_types(const std::vector<std::string>& types,
                               const std::vector<std::string_view>& known) {
  if (types.size() > kEventTypesMax) {
    return fail(ErrorCode::InvalidArgument, "event_types_too_many",
                fmt::format("At most {} event types; use a * for many.", kEventTypesMax),
                "event_types");
  }
  for (const std::string& type : types) TRY(api::check_fact_type(type, known, "event_types"));
  return {};
}

Result<void> check_description(const std::string& description) {
  if (description.size() <= kDescriptionBytesMax) return {};
  return fail(ErrorCode::InvalidArgument, "description_too_long",
              fmt::format("description has at most {} bytes.", kDescriptionBytesMax),
              "description");
}

}  // namespace remit::webhooks
