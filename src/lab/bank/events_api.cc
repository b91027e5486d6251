#include "lab/bank/events_api.h"

#include "lab/bank/schema_parts.h"
#include "lab/bank/uuid.h"

namespace remit::lab::bank {
namespace {

constexpr std::size_t kEventsAtOnce = 1'000'000;

// OBEventSubscription1 and OBEventSubscriptionResponse1, which is what PUT takes.
constexpr Schema kTypes = list_of(kText<128>, 100);
constexpr std::array kSubscriptionFields{
    Field{"EventSubscriptionId", &kText<40>}, Field{"CallbackUrl", &kText<2048>},
    Field{"Version", &kText<10>, true}, Field{"EventTypes", &kTypes}};
constexpr Schema kSubscription = object_of(kSubscriptionFields);
constexpr std::array kSubscriptionBodyFields{Field{"Data", &kSubscription, true},
                                             Field{"Links", &kAnything}, Field{"Meta", &kAnything}};
constexpr Schema kSubscriptionBody = object_of(kSubscriptionBodyFields);

// OBEventPolling1; the errors' own shape is looked at where they are read.
constexpr Schema kAcknowledged = list_of(kText<128>, kEventsAtOnce);
constexpr std::array kPollingFields{Field{"maxEvents", &kInteger},
                                    Field{"returnImmediately", &kBoolean},
                                    Field{"ack", &kAcknowledged}, Field{"setErrs", &kAnything}};
constexpr Schema kPolling = object_of(kPollingFields);

std::string_view version_text(StandardVersion version) {
  return path_prefix(version).substr(path_prefix(version).rfind("/v") + 2);
}

}  // namespace

EventsApi::EventsApi(BankParts parts, EventOutbox& outbox, StandardVersion version)
    : parts_(parts),
      outbox_(outbox),
      version_(version),
      kid_(parts.signing_key.public_key().thumbprint()) {}

void EventsApi::add_routes(const AddRoute& add) {
  const auto route = [&](std::string_view method, std::string_view path, const Endpoint& endpoint) {
    add(method, fmt::format("{}{}", path_prefix(version_), path),
        [this, endpoint](const net::RoutedRequest& routed) { return serve(routed, endpoint); });
  };
  constexpr std::string_view kAll = "/event-subscriptions";
  constexpr std::string_view kOne = "/event-subscriptions/{EventSubscriptionId}";
  route("POST", kAll, {201, &kSubscriptionBody, true, &EventsApi::create});
  route("GET", kAll, {200, nullptr, true, &EventsApi::read});
  route("PUT", kOne, {200, &kSubscriptionBody, true, &EventsApi::change});
  route("DELETE", kOne, {204, nullptr, true, &EventsApi::remove});
  route("POST", "/events", {200, &kPolling, false, &EventsApi::poll});
}

Reply EventsApi::serve(const net::RoutedRequest& routed, const Endpoint& endpoint) {
  Fault fault = Fault::None;
  const auto document = attend(routed, endpoint, fault);
  net::HttpResponse response;
  if (!document) {
    response = to_response(document.error(), version_, make_uuid(parts_.entropy));
  } else {
    response.status = endpoint.status;
    if (response.status != 204) {
      response.body = json::serialize(*document);
      response.headers.set("Content-Type", "application/json; charset=utf-8");
    }
  }
  finish_answer(parts_, routed.request, response);
  if (endpoint.is_signed) sign_answer(parts_, kid_, fault, response);
  return {std::move(response), delivery_of(fault)};
}

Answer<json::object> EventsApi::attend(const net::RoutedRequest& routed, const Endpoint& endpoint,
                                       Fault& fault) {
  auto caller = authorise(parts_, routed.request, Grant::Client);
  if (!caller) return std::unexpected(std::move(caller).error());
  Admitted admitted{routed, caller->client, {}};
  if (!accepts_json(routed.request)) return refuse_bare(406);
  if (auto read = read_body(admitted, endpoint); !read) {
    return std::unexpected(std::move(read).error());
  }
  fault = parts_.faults.draw(Call::Events, admitted.client->client_id);
  if (auto spared = before_operation(fault); !spared) {
    return std::unexpected(std::move(spared).error());
  }
  auto document = (this->*endpoint.operation)(admitted);
  if (fault == Fault::ServerErrorAfter) return refuse_with(500, "U000", "Out of order.");
  return document;
}

Answer<void> EventsApi::read_body(Admitted& admitted, const Endpoint& endpoint) const {
  const net::HttpRequest& request = admitted.routed.request;
  const auto signature = request.headers.find("x-jws-signature");
  if (endpoint.schema == nullptr || !endpoint.is_signed) {
    if (signature) return refuse("U020", "There is nothing to sign.", "x-jws-signature");
  }
  if (endpoint.schema == nullptr) return {};
  if (!has_json(request)) return refuse_bare(415);
  if (endpoint.is_signed) {
    const MessageParty sender{admitted.client->signature_issuer, parts_.options.trust_anchor,
                              parts_.options.payload_encoding, false, parts_.options.algorithm};
    auto verified = verify_message(signature, request.body, admitted.client->signing_keys, sender,
                                   parts_.clock.now(), parts_.options.clock_skew_max);
    if (!verified) return verified;
  }
  auto body = parse_json_object(request.body);
  if (!body) return refuse("U010", body.error().message);
  if (auto checked = check_schema(*body, *endpoint.schema, ""); !checked) return checked;
  admitted.body = *std::move(body);
  return {};
}

Answer<EventSubscription> EventsApi::subscription_in(const json::object& data) const {
  EventSubscription subscription{.version = version_};
  subscription.callback_url = find_text(data, "CallbackUrl").value_or("");
  if (find_text(data, "Version") != version_text(version_)) {
    return refuse("U002", "Subscribe to a version at its own URL.", "Data.Version");
  }
  const std::string ending = fmt::format("{}/event-notifications", path_prefix(version_));
  if (!subscription.callback_url.empty() && !subscription.callback_url.ends_with(ending)) {
    return refuse("U002", fmt::format("It must end with {}.", ending), "Data.CallbackUrl");
  }
  if (const json::value* types = data.if_contains("EventTypes")) {
    for (const json::value& type : types->get_array()) {
      subscription.event_types.emplace_back(type.get_string());
    }
  }
  return subscription;
}

Answer<const EventSubscription*> EventsApi::named(const Admitted& admitted) const {
  const EventSubscription* known = outbox_.subscription_of(admitted.client->client_id);
  if (known == nullptr || known->id != admitted.routed.parameter("EventSubscriptionId")) {
    return refuse("U011", "No such subscription.", "EventSubscriptionId");
  }
  if (known->version > version_) {
    return refuse("U011", "It was made in a newer version.", "EventSubscriptionId");
  }
  return known;
}

json::object EventsApi::show(const EventSubscription& subscription) const {
  json::object data{{"EventSubscriptionId", subscription.id},
                    {"Version", version_text(subscription.version)}};
  if (!subscription.callback_url.empty()) data["CallbackUrl"] = subscription.callback_url;
  json::array types;
  for (const std::string& type : subscription.event_types) types.emplace_back(type);
  if (!types.empty()) data["EventTypes"] = std::move(types);
  return data;
}

json::object EventsApi::with_links(json::object data, const std::string& path) const {
  const std::string self =
      fmt::format("{}{}/{}", parts_.options.issuer, path_prefix(version_), path);
  return {
      {"Data", std::move(data)}, {"Links", json::object{{"Self", self}}}, {"Meta", json::object{}}};
}

Answer<json::object> EventsApi::create(const Admitted& admitted) {
  const std::string& client = admitted.client->client_id;
  if (outbox_.subscription_of(client) != nullptr) {
    return refuse_with(409, "U029", "There is one already; change it.");
  }
  auto made = subscription_in(admitted.body.at("Data").get_object());
  if (!made) return std::unexpected(std::move(made).error());
  made->id = make_uuid(parts_.entropy);
  outbox_.subscribe(client, *made);
  return with_links(show(*made), "event-subscriptions/" + made->id);
}

Answer<json::object> EventsApi::read(const Admitted& admitted) {
  json::array all;
  const EventSubscription* known = outbox_.subscription_of(admitted.client->client_id);
  if (known != nullptr) all.push_back(show(*known));
  return with_links({{"EventSubscription", std::move(all)}}, "event-subscriptions");
}

Answer<json::object> EventsApi::change(const Admitted& admitted) {
  const auto known = named(admitted);
  if (!known) return std::unexpected(known.error());
  auto changed = subscription_in(admitted.body.at("Data").get_object());
  if (!changed) return std::unexpected(std::move(changed).error());
  changed->id = (*known)->id;
  outbox_.subscribe(admitted.client->client_id, *changed);
  return with_links(show(*changed), "event-subscriptions/" + changed->id);
}

Answer<json::object> EventsApi::remove(const Admitted& admitted) {
  const auto known = named(admitted);
  if (!known) return std::unexpected(known.error());
  outbox_.unsubscribe(admitted.client->client_id);
  return json::object{};
}

Answer<json::object> EventsApi::poll(const Admitted& admitted) {
  const std::string& client = admitted.client->client_id;
  if (const json::value* ids = admitted.body.if_contains("ack")) {
    for (const json::value& id : ids->get_array()) outbox_.acknowledge(client, id.get_string());
  }
  if (const json::object* errors = find_object(admitted.body, "setErrs")) {
    for (const auto& [id, error] : *errors) {
      const json::object* details = error.if_object();
      const auto word = details == nullptr ? std::nullopt : find_text(*details, "err");
      if (!word || !find_text(*details, "description")) {
        return refuse("U004", "Each error has err and description.", "setErrs");
      }
      outbox_.refuse(client, id, *word);
    }
  }
  const std::int64_t most =
      find_integer(admitted.body, "maxEvents").value_or(static_cast<std::int64_t>(kEventsAtOnce));
  const auto polled = outbox_.poll(client, most < 0 ? 0 : static_cast<std::size_t>(most));
  json::object sets;
  for (const EventOutbox::Told& event : polled.events) sets[event.id] = event.token;
  return json::object{{"moreAvailable", polled.more_available}, {"sets", std::move(sets)}};
}

}  // namespace remit::lab::bank
