#include "pay/webhooks/delivery.h"

#include "pay/webhooks/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::webhooks {

TypeId delivery_id(const TypeId& endpoint, const TypeId& event) {
  return TypeId::derive(Delivery::kPrefix, event, endpoint.to_string());
}

void evolve(engine::Changes& changes, const DeliveryAttempted& event,
            const engine::EventContext& context) {
  Delivery& delivery = changes.change<Delivery>(context.stream);
  delivery.id = context.stream;
  delivery.what = event.what;
  delivery.status = event.status;
  delivery.round = event.round;
  delivery.attempts = event.attempt.number;
  if (delivery.round_attempts++ == 0) delivery.first_attempt_at = event.attempt.at;
  delivery.next_attempt_at = event.next_attempt_at;
  if (event.status == DeliveryStatus::Delivered) delivery.delivered_at = context.time;
  auto& kept = delivery.last_attempts;
  if (kept.size() == kAttemptsKept) kept.erase(kept.begin());
  kept.push_back(event.attempt);
}

void evolve(engine::Changes& changes, const ResendRequested& event,
            const engine::EventContext& context) {
  Delivery& delivery = changes.change<Delivery>(context.stream);
  delivery.id = context.stream;
  delivery.what = event.what;
  delivery.status = DeliveryStatus::Pending;
  delivery.round = event.round;
  delivery.round_attempts = 0;
  delivery.first_attempt_at = {};
  delivery.next_attempt_at = {};
}

Result<Recorded> decide(engine::View& view, const RecordAttempt& command) {
  const TypeId id = delivery_id(command.what.endpoint, command.what.event);
  const Delivery* delivery = view.find<Delivery>(id);
  const bool known = delivery != nullptr && delivery->attempts >= command.attempt.number;
  const bool overtaken = delivery != nullptr && delivery->round > command.round;
  if (known || overtaken) return Recorded{};
  view.emit(id, DeliveryAttempted{command.what, command.round, command.attempt, command.status,
                                  command.next_attempt_at});
  const auto* endpoint = view.find<WebhookEndpoint>(command.what.endpoint);
  if (command.gone && endpoint != nullptr && endpoint->status == EndpointStatus::Enabled) {
    view.emit(command.what.endpoint, EndpointDisabled{"gone"});
  }
  return Recorded{};
}

Result<Resent> decide(engine::View& view, const ResendEvents& command) {
  const WebhookEndpoint endpoint = TRY(find_endpoint(view, command.endpoint));
  if (endpoint.status != EndpointStatus::Enabled) {
    return fail(ErrorCode::FailedPrecondition, "webhook_endpoint_disabled",
                "The endpoint is disabled; enable it first.");
  }
  if (command.events.size() > kResendEventsMax) {
    return fail(ErrorCode::InvalidArgument, "resend_too_large",
                fmt::format("At most {} events are sent again at once; narrow the range.",
                            kResendEventsMax));
  }
  for (const Delivered& what : command.events) {
    const TypeId id = delivery_id(command.endpoint, what.event);
    const Delivery* delivery = view.find<Delivery>(id);
    // One that waits to be sent again already is not sent twice for two requests.
    if (delivery != nullptr && delivery->status == DeliveryStatus::Pending) continue;
    view.emit(id, ResendRequested{what, delivery == nullptr ? 2 : delivery->round + 1});
  }
  return Resent{static_cast<std::uint32_t>(command.events.size())};
}

void register_kinds(engine::Registry& registry) {
  registry.entity<WebhookEndpoint>();
  registry.entity<ClientEndpoints>();
  registry.entity<Delivery>();
  registry.event<EndpointCreated>();
  registry.event<EndpointUpdated>();
  registry.event<EndpointEnabled>();
  registry.event<EndpointDisabled>();
  registry.event<EndpointDeleted>();
  registry.event<SecretRotated>();
  registry.event<DeliveryAttempted>();
  registry.event<ResendRequested>();
  registry.command<CreateEndpoint>();
  registry.command<UpdateEndpoint>();
  registry.command<DeleteEndpoint>();
  registry.command<RotateSecret>();
  registry.command<RecordAttempt>();
  registry.command<ResendEvents>();
}

}  // namespace remit::webhooks
