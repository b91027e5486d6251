#include "pay/api/asyncapi.h"

#include "kit/base/check.h"
#include "pay/api/json_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace remit::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kAbout =
    "What happened, told as CloudEvents 1.0 in the JSON format. The same events come by webhook "
    "(Standard Webhooks 1.0), from brokers, and from GET /v1/events, with the same id on each way. "
    "Delivery is at least once: remember the id. What shares a partitionkey is in order. Fields "
    "are "
    "only ever added; what changes its meaning gets a new version in its type.";

/// "payment.settled.v1" as a key of components: "payment_settled_v1".
std::string key_of(std::string_view type) {
  std::string key(type);
  std::ranges::replace(key, '.', '_');
  return key;
}

json::object reference(std::string_view target) {
  json::object made;
  made["$ref"] = target;
  return made;
}

json::object message_of(const FactDescription& fact, codec::JsonSchemas& schemas) {
  json::object type;
  type["const"] = fact.type;
  const json::object precise{
      {"type", "object"},
      {"properties", json::object{{"type", type}, {"data", json::parse(fact.data(schemas))}}}};
  json::object payload;
  payload["allOf"] = json::array{reference("#/components/schemas/CloudEvent"), precise};
  return {{"name", fact.type},
          {"title", fact.type},
          {"summary", fact.summary},
          {"contentType", "application/cloudevents+json"},
          {"payload", std::move(payload)}};
}

}  // namespace

std::string asyncapi_document(const std::vector<FactSource>& sources, std::string_view version) {
  codec::JsonSchemas schemas("#/components/schemas/");
  schemas.add<CloudEvent>();
  json::object messages;
  json::object of_channel;
  json::array of_operation;
  for (const FactSource& source : sources) {
    for (const std::string_view type : source.types) {
      const auto fact = std::ranges::find(source.descriptions, type, &FactDescription::type);
      CHECK(fact != source.descriptions.end(), "nobody describes the fact {}", type);
      const std::string key = key_of(type);
      messages[key] = message_of(*fact, schemas);
      of_channel[key] = reference("#/components/messages/" + key);
      of_operation.push_back(reference("#/channels/events/messages/" + key));
    }
  }
  json::object channels;
  channels["events"] = {
      {"title", "Events of a client"},
      {"description", "Where the client has them sent: the URL of a webhook, or a topic."},
      {"messages", std::move(of_channel)}};
  json::object operations;
  operations["tell"] = {{"action", "send"},
                        {"channel", reference("#/channels/events")},
                        {"summary", "Tells the client what happened."},
                        {"messages", std::move(of_operation)}};
  const json::object document{
      {"asyncapi", "3.0.0"},
      {"info",
       json::object{{"title", "Remit events"}, {"version", version}, {"description", kAbout}}},
      {"defaultContentType", "application/cloudevents+json"},
      {"channels", std::move(channels)},
      {"operations", std::move(operations)},
      {"components", json::object{{"messages", std::move(messages)},
                                  {"schemas", json::parse(schemas.definitions())}}}};
  return indented(document) + "\n";
}

}  // namespace remit::api
