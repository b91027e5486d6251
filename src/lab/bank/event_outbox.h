#pragma once

#include "lab/bank/bank_face.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remit::lab::bank {

/// Where a client wants to hear of events: one subscription a client.
struct EventSubscription {
  std::string id;
  std::string callback_url;  ///< Empty: the client polls.
  StandardVersion version = StandardVersion::V4;
  std::vector<std::string> event_types;  ///< Empty: all of them.
};

/// What the bank has to tell of payments, as signed tokens (Security Event Tokens, RFC 8417), until the client has taken it.
/// Only clients with a subscription are told. Nothing of it outlives a restart. One caller at a time.
class EventOutbox {
 public:
  /// Hands a token to the client's URL; `done` hears whether it was taken (202), under the bank's lock.
  using Push = std::function<void(const std::string& url, const std::string& token,
                                  std::function<void(bool taken)> done)>;

  EventOutbox(BankParts parts, Schedule schedule, Push push);

  /// A payment's status has changed.
  void payment_changed(const Payment& payment);

  /// nullptr when there is none.
  const EventSubscription* subscription_of(std::string_view client_id) const;
  void subscribe(const std::string& client_id, EventSubscription subscription);
  /// With what waits for it.
  void unsubscribe(std::string_view client_id);

  struct Told {
    std::string id;
    std::string token;
  };
  struct Polled {
    std::vector<Told> events;
    bool more_available = false;
  };
  /// The oldest that wait; they wait until they are acknowledged or refused.
  Polled poll(const std::string& client_id, std::size_t events_max);
  void acknowledge(const std::string& client_id, std::string_view id);
  void refuse(const std::string& client_id, std::string_view id, std::string_view error);

  /// For the sandbox's port: counts since the start, and the errors of refused ones.
  json::object to_json() const;

 private:
  struct Event {
    std::string id;
    std::string token;
    bool again = false;  ///< Told once more after it was taken.
    std::uint32_t pushes = 0;
  };
  struct Client {
    EventSubscription subscription;
    std::deque<Event> waiting;
  };

  std::string make_token(const std::string& client_id, const EventSubscription& subscription,
                         const std::string& event_id, const std::string& payment_id, Timestamp at,
                         bool broken);
  void keep(const std::string& client_id, Event event);
  void push(const std::string& client_id, const std::string& id);
  Event* find(const std::string& client_id, std::string_view id);

  BankParts parts_;
  Schedule schedule_;
  Push push_;
  std::string kid_;
  std::map<std::string, Client, std::less<>> clients_;
  std::uint64_t made_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t pushes_ = 0;
  std::deque<std::string> refusals_;
};

}  // namespace remit::lab::bank
