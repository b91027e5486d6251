#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "rails/rail.h"

#include <cstdint>
#include <string>
#include <vector>

namespace remit::rails {

/// Characters of an event's id (OBEventNotification1, `jti`).
inline constexpr std::size_t kEventIdCharactersMax = 128;

/// What a bank announced and signed, once its signature has been verified. A hint, never the truth: it says that something
/// may have changed, and whoever acts on it asks the bank what.
struct BankEvent {
  std::string id;  ///< `jti`: at most kEventIdCharactersMax, unique at its bank.
  Timestamp happened_at;
  std::string type;  ///< Its URN: "urn:uk:org:openbanking:events:resource-update".
  std::string
      bank_payment_id;  ///< The bank's own id of the payment; empty when it is of no payment.
};

/// One event as a poll gave it. Its error is PermissionDenied when it is not to be believed, with a reason of its own, and
/// Unavailable while that cannot be said.
struct ReceivedEvent {
  std::string id;
  Result<BankEvent> event;
};

/// An event that was not believed, for the bank to hear why.
struct RefusedEvent {
  std::string id;
  Error error;
};

/// One look for events, and what became of those that came before. What is in neither list comes again.
struct EventPoll {
  std::uint32_t events_max = 100;
  std::vector<std::string> acknowledged;
  std::vector<RefusedEvent> refused;
};

struct EventBatch {
  std::vector<ReceivedEvent> events;
  bool more_available = false;
};

/// The port to what a bank tells without being asked. All calls are asynchronous, thread safe, and call back exactly once.
class EventSource {
 public:
  virtual ~EventSource() = default;
  /// Sees to it that the bank notes events for us: for polling, or, with a URL, to be pushed to it. Says nothing that the bank
  /// knows already. Fails as calls do, or with FailedPrecondition `subscription_refused`.
  virtual void subscribe(std::string callback_url, Callback<Result<void>> done) = 0;
  /// Ends that.
  virtual void unsubscribe(Callback<Result<void>> done) = 0;
  /// Fails with Unavailable or OutcomeUnknown, or with FailedPrecondition `events_refused`: then nothing counts as
  /// acknowledged, and what was is said again.
  virtual void poll(EventPoll poll, Callback<Result<EventBatch>> done) = 0;
  /// Verifies one that was pushed. Fails as ReceivedEvent says.
  virtual void verify(std::string token, Callback<Result<BankEvent>> done) = 0;
};

}  // namespace remit::rails
