#pragma once

#include "lab/bank/event_outbox.h"
#include "lab/bank/schema.h"

#include <functional>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// /open-banking/v3.1 or /open-banking/v4.0: /event-subscriptions and /events, in front of EventOutbox. Subscriptions are
/// signed both ways; polls are not, and need no idempotency key.
class EventsApi {
 public:
  EventsApi(BankParts parts, EventOutbox& outbox, StandardVersion version);
  void add_routes(const AddRoute& add);

 private:
  struct Admitted {
    const net::RoutedRequest& routed;
    const RegisteredClient* client = nullptr;
    json::object body;
  };
  struct Endpoint {
    int status = 200;
    const Schema* schema = nullptr;  ///< Of the body; null where there is none.
    bool is_signed = true;
    Answer<json::object> (EventsApi::*operation)(const Admitted&) = nullptr;
  };

  Reply serve(const net::RoutedRequest& routed, const Endpoint& endpoint);
  Answer<json::object> attend(const net::RoutedRequest& routed, const Endpoint& endpoint,
                              Fault& fault);
  Answer<void> read_body(Admitted& admitted, const Endpoint& endpoint) const;
  Answer<EventSubscription> subscription_in(const json::object& data) const;
  /// The client's own of that id, and of this version.
  Answer<const EventSubscription*> named(const Admitted& admitted) const;
  json::object show(const EventSubscription& subscription) const;
  json::object with_links(json::object data, const std::string& path) const;

  Answer<json::object> create(const Admitted& admitted);
  Answer<json::object> read(const Admitted& admitted);
  Answer<json::object> change(const Admitted& admitted);
  Answer<json::object> remove(const Admitted& admitted);
  Answer<json::object> poll(const Admitted& admitted);

  BankParts parts_;
  EventOutbox& outbox_;
  const StandardVersion version_;
  std::string kid_;
};

}  // namespace remit::lab::bank
