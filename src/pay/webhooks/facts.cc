#include "pay/webhooks/facts.h"

#include "kit/base/codec/json.h"
#include "kit/base/codec/json_schema.h"
#include "pay/webhooks/endpoint.h"

#include <array>

namespace remit::webhooks {

struct EndpointFact {
  TypeId id;
  std::string url;
  std::string disabled_because;
};
BOOST_DESCRIBE_STRUCT(EndpointFact, (), (id, url, disabled_because))

}  // namespace remit::webhooks

namespace remit::codec {

template <>
struct JsonNames<webhooks::EndpointFact> {
  static constexpr std::string_view kTypeName = "WebhookEndpointFact";
};
template <>
struct JsonFields<webhooks::EndpointFact> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "A webhook endpoint as it was then."},
      {"disabled_because", "client, or gone: it answered 410."}};
};

}  // namespace remit::codec

namespace remit::webhooks {
namespace {

constexpr std::array<std::string_view, 1> kTypes = {"webhook_endpoint.disabled.v1"};

std::optional<api::Fact> make(const flow::Record& record, const void* state) {
  if (record.type != EndpointDisabled::kType.name) return std::nullopt;
  const auto& endpoint = *static_cast<const WebhookEndpoint*>(state);
  return api::Fact{
      kTypes.front(), endpoint.client,
      codec::to_json(EndpointFact{endpoint.id, endpoint.settings.url, endpoint.disabled_because})};
}

}  // namespace

api::FactSource facts() {
  return {kTypes,
          make,
          {{kTypes.front(), "An endpoint is sent nothing any more.",
            [](codec::JsonSchemas& schemas) { return schemas.add<EndpointFact>(); }}}};
}

}  // namespace remit::webhooks
