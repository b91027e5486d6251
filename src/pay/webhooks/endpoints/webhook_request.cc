#include "pay/webhooks/endpoints/webhook_request.h"

#include "pay/api/facts.h"
#include "pay/webhooks/delivery.h"
#include "pay/webhooks/limits.h"

#include <fmt/format.h>

namespace remit::webhooks {
namespace {

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
