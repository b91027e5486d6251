#include "lab/bank/event_outbox.h"

#include "lab/bank/jws.h"
#include "lab/bank/uuid.h"

#include <algorithm>

namespace remit::lab::bank {
namespace {

/// The oldest go first when nobody takes them.
constexpr std::size_t kWaitingMax = 10'000;
constexpr std::size_t kRefusalsMax = 1000;
constexpr std::string_view kResourceUpdate = "urn:uk:org:openbanking:events:resource-update";
constexpr std::string_view kResourceUpdateName = "UK.OBIE.Resource-Update";

bool wants_updates(const EventSubscription& subscription) {
  const auto& types = subscription.event_types;
  return types.empty() || std::ranges::any_of(types, [](const std::string& type) {
           return type == kResourceUpdate || type == kResourceUpdateName;
         });
}

/// "v4.0"
std::string version_of(StandardVersion version) {
  return std::string(path_prefix(version).substr(path_prefix(version).rfind('/') + 1));
}

}  // namespace

EventOutbox::EventOutbox(BankParts parts, Schedule schedule, Push push)
    : parts_(parts),
      schedule_(std::move(schedule)),
      push_(std::move(push)),
      kid_(parts.signing_key.public_key().thumbprint()) {}

std::string EventOutbox::make_token(const std::string& client_id,
                                    const EventSubscription& subscription,
                                    const std::string& event_id, const std::string& payment_id,
                                    Timestamp at, bool broken) {
  const std::string url = fmt::format("{}{}/pisp/domestic-payments/{}", parts_.options.issuer,
                                      path_prefix(subscription.version), payment_id);
  const json::object link{{"version", version_of(subscription.version)}, {"link", url}};
  const json::object subject{
      {"subject_type", "http://openbanking.org.uk/rid_http://openbanking.org.uk/rty"},
      {"http://openbanking.org.uk/rid", payment_id},
      {"http://openbanking.org.uk/rty", "domestic-payment"},
      {"http://openbanking.org.uk/rlk", json::array{link}}};
  const json::object claims{
      {"iss", parts_.options.issuer},
      {"iat", numeric_date(parts_.clock.now())},
      {"jti", event_id},
      {"aud", client_id},
      {"sub", url},
      {"txn", make_uuid(parts_.entropy)},
      {"toe", numeric_date(at)},
      {"events", json::object{{kResourceUpdate, json::object{{"subject", subject}}}}}};
  const SignatureAlgorithm algorithm = parts_.signing_key.public_key().algorithm();
  // "The approach defined in the R/W API specification", with the payload inside.
  const json::object header{
      {"alg", algorithm_name(algorithm)},
      {"kid", kid_},
      {"typ", "JOSE"},
      {"cty", "application/json"},
      {"http://openbanking.org.uk/iat", numeric_date(parts_.clock.now()) - 1},
      {"http://openbanking.org.uk/iss", parts_.options.organisation_id},
      {"http://openbanking.org.uk/tan", parts_.options.trust_anchor},
      {"crit", json::array{"http://openbanking.org.uk/iat", "http://openbanking.org.uk/iss",
                           "http://openbanking.org.uk/tan"}}};
  const std::string token =
      sign_compact_jws(header, json::serialize(claims), parts_.signing_key, algorithm);
  if (!broken) return token;
  // The signature of another message: well formed, of our key, and still wrong.
  const std::string other = sign_compact_jws(header, "{}", parts_.signing_key, algorithm);
  return token.substr(0, token.rfind('.')) + other.substr(other.rfind('.'));
}

void EventOutbox::payment_changed(const Payment& payment) {
  const auto client = clients_.find(payment.client_id);
  if (client == clients_.end() || !wants_updates(client->second.subscription)) return;
  const Fault fault = parts_.faults.draw(Call::Event, payment.id);
  ++made_;
  if (fault == Fault::Lost) return;
  const auto make = [&](const std::string& payment_id) {
    Event event{.id = make_uuid(parts_.entropy)};
    event.token = make_token(payment.client_id, client->second.subscription, event.id, payment_id,
                             payment.present().at, fault == Fault::BadSignature);
    event.again = fault == Fault::Duplicate;
    return event;
  };
  if (fault == Fault::UnknownPayment) keep(payment.client_id, make(make_uuid(parts_.entropy)));
  Event event = make(payment.id);
  if (fault != Fault::Slow) return keep(payment.client_id, std::move(event));
  schedule_(parts_.options.late_event, [this, id = payment.client_id, event] { keep(id, event); });
}

void EventOutbox::keep(const std::string& client_id, Event event) {
  const auto client = clients_.find(client_id);
  if (client == clients_.end()) return;
  const std::string id = event.id;
  auto& waiting = client->second.waiting;
  if (waiting.size() >= kWaitingMax) waiting.pop_front();
  waiting.push_back(std::move(event));
  if (!client->second.subscription.callback_url.empty()) push(client_id, id);
}

void EventOutbox::push(const std::string& client_id, const std::string& id) {
  const Event* event = find(client_id, id);
  if (event == nullptr) return;
  ++pushes_;
  push_(clients_.find(client_id)->second.subscription.callback_url, event->token,
        [this, client_id, id](bool taken) {
          Event* pushed = find(client_id, id);
          if (pushed == nullptr) return;
          if (taken) {
            const bool again = pushed->again;
            acknowledge(client_id, id);
            if (again) push(client_id, id);
            return;
          }
          if (++pushed->pushes >= parts_.options.event_pushes_max) return;
          const Duration delay = parts_.options.event_retry_delay * (1LL << pushed->pushes) / 2;
          schedule_(delay, [this, client_id, id] { push(client_id, id); });
        });
}

EventOutbox::Event* EventOutbox::find(const std::string& client_id, std::string_view id) {
  const auto client = clients_.find(client_id);
  if (client == clients_.end()) return nullptr;
  const auto event = std::ranges::find(client->second.waiting, id, &Event::id);
  return event == client->second.waiting.end() ? nullptr : &*event;
}

const EventSubscription* EventOutbox::subscription_of(std::string_view client_id) const {
  const auto client = clients_.find(client_id);
  return client == clients_.end() ? nullptr : &client->second.subscription;
}

void EventOutbox::subscribe(const std::string& client_id, EventSubscription subscription) {
  clients_[client_id].subscription = std::move(subscription);
}

void EventOutbox::unsubscribe(std::string_view client_id) {
  const auto client = clients_.find(client_id);
  if (client != clients_.end()) clients_.erase(client);
}

EventOutbox::Polled EventOutbox::poll(const std::string& client_id, std::size_t events_max) {
  Polled polled;
  const auto client = clients_.find(client_id);
  if (client == clients_.end()) return polled;
  const std::size_t count =
      std::min({events_max, parts_.options.events_per_poll_max, client->second.waiting.size()});
  for (std::size_t i = 0; i < count; ++i) {
    const Event& event = client->second.waiting[i];
    polled.events.push_back({event.id, event.token});
  }
  polled.more_available = count < client->second.waiting.size();
  return polled;
}

void EventOutbox::acknowledge(const std::string& client_id, std::string_view id) {
  Event* event = find(client_id, id);
  if (event == nullptr) return;
  ++acknowledged_;
  if (event->again) {
    event->again = false;
    return;
  }
  auto& waiting = clients_.find(client_id)->second.waiting;
  waiting.erase(std::ranges::find(waiting, id, &Event::id));
}

void EventOutbox::refuse(const std::string& client_id, std::string_view id,
                         std::string_view error) {
  if (find(client_id, id) == nullptr) return;
  auto& waiting = clients_.find(client_id)->second.waiting;
  waiting.erase(std::ranges::find(waiting, id, &Event::id));
  if (refusals_.size() >= kRefusalsMax) refusals_.pop_front();
  refusals_.emplace_back(error);
}

json::object EventOutbox::to_json() const {
  std::int64_t waiting = 0;
  json::array subscriptions;
  for (const auto& [id, client] : clients_) {
    waiting += static_cast<std::int64_t>(client.waiting.size());
    subscriptions.push_back(json::object{{"client_id", id},
                                         {"callback_url", client.subscription.callback_url},
                                         {"version", version_of(client.subscription.version)}});
  }
  json::array refusals;
  for (const std::string& error : refusals_) refusals.emplace_back(error);
  return {{"subscriptions", std::move(subscriptions)},
          {"made", made_},
          {"waiting", waiting},
          {"acknowledged", acknowledged_},
          {"pushes", pushes_},
          {"refused", std::move(refusals)}};
}

}  // namespace remit::lab::bank
