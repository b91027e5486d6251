#pragma once

#include "pay/webhooks/endpoint.h"

/// One event on its way to one endpoint.
namespace remit::webhooks {

/// Values are stored: do not change or reuse them.
enum class DeliveryStatus : std::uint8_t {
  Pending = 1,    ///< To be sent again, on request, and not sent yet.
  Retrying = 2,   ///< Failed so far; another attempt is due.
  Delivered = 3,  ///< Answered with 2xx.
  Failed = 4,     ///< Given up after the last attempt; a redrive or a resend may yet deliver it.
};
BOOST_DESCRIBE_ENUM(DeliveryStatus, Pending, Retrying, Delivered, Failed)

/// One attempt, as its answer or the lack of one had it.
struct Attempt {
  std::uint32_t number = 0;  ///< From 1, over all resends.
  Timestamp at;
  Duration took{};
  std::uint32_t status_code = 0;  ///< 0: there was no answer.
  std::string error;              ///< Stable snake_case; empty when delivered.
  codec::Sealed<std::string>
      answer;  ///< The first kAnswerBytesMax bytes of its body; empty when it had none.
};
BOOST_DESCRIBE_STRUCT(Attempt, (), (number, at, took, status_code, error, answer))

/// Which event, and to where. The id of the delivery follows from endpoint and event: the same however often it is tried.
struct Delivered {
  ClientId client;
  TypeId endpoint;
  TypeId event;                ///< The fact's id; what receivers see as `webhook-id`.
  std::string event_type;      ///< "payment.settled.v1"
  TypeId subject;              ///< The payment, account or transfer.
  std::uint64_t position = 0;  ///< Of the fact, in the partition.
  bool operator==(const Delivered&) const = default;
};
BOOST_DESCRIBE_STRUCT(Delivered, (), (client, endpoint, event, event_type, subject, position))

struct Delivery {
  static constexpr std::string_view kPrefix = "whd";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  Delivered what;
  DeliveryStatus status = DeliveryStatus::Pending;
  std::uint32_t round = 1;           ///< 1, and one more for each resend.
  std::uint32_t attempts = 0;        ///< Over all rounds.
  std::uint32_t round_attempts = 0;  ///< Within this round.
  Timestamp first_attempt_at;        ///< Within this round; the epoch before it.
  Timestamp next_attempt_at;         ///< While retrying.
  Timestamp delivered_at;
  std::vector<Attempt> last_attempts;  ///< Oldest first.
};
BOOST_DESCRIBE_STRUCT(Delivery, (),
                      (id, what, status, round, attempts, round_attempts, first_attempt_at,
                       next_attempt_at, delivered_at, last_attempts))
TypeId delivery_id(const TypeId& endpoint, const TypeId& event);

struct DeliveryAttempted {
  static constexpr engine::EventType kType{"webhook.delivery_attempted", 1};
  Delivered what;
  std::uint32_t round = 1;
  Attempt attempt;
  DeliveryStatus status = DeliveryStatus::Delivered;
  Timestamp next_attempt_at;
};
BOOST_DESCRIBE_STRUCT(DeliveryAttempted, (), (what, round, attempt, status, next_attempt_at))

/// To be delivered once more, in its turn behind what is under way for its subject.
struct ResendRequested {
  static constexpr engine::EventType kType{"webhook.resend_requested", 1};
  Delivered what;
  std::uint32_t round = 2;
};
BOOST_DESCRIBE_STRUCT(ResendRequested, (), (what, round))

void evolve(engine::Changes&, const DeliveryAttempted&, const engine::EventContext&);
void evolve(engine::Changes&, const ResendRequested&, const engine::EventContext&);

struct Recorded {};
BOOST_DESCRIBE_STRUCT(Recorded, (), ())

/// Said by the flow when an attempt has ended. An attempt that is recorded already is not recorded again.
struct RecordAttempt {
  static constexpr std::string_view kName = "webhook.record_attempt";
  using Answer = Recorded;
  Delivered what;
  std::uint32_t round = 1;
  Attempt attempt;
  DeliveryStatus status = DeliveryStatus::Delivered;
  Timestamp next_attempt_at;
  bool gone = false;  ///< The endpoint answered 410: it wants no more.
};
BOOST_DESCRIBE_STRUCT(RecordAttempt, (), (what, round, attempt, status, next_attempt_at, gone))

struct Resent {
  std::uint32_t events = 0;
};
BOOST_DESCRIBE_STRUCT(Resent, (), (events))

/// Has events delivered to an endpoint of the client again: 1 to kResendEventsMax.
struct ResendEvents {
  static constexpr std::string_view kName = "webhook.resend_events";
  using Answer = Resent;
  TypeId endpoint;
  std::vector<Delivered> events;
};
BOOST_DESCRIBE_STRUCT(ResendEvents, (), (endpoint, events))

Result<Recorded> decide(engine::View& view, const RecordAttempt& command);
Result<Resent> decide(engine::View& view, const ResendEvents& command);

}  // namespace remit::webhooks
