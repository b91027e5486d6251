#pragma once

#include "kit/base/codec/sealed.h"
#include "pay/api/gateway.h"
#include "pay/webhooks/delivery.h"
#include "pay/webhooks/url_policy.h"

#include <span>
#include <string_view>
#include <vector>

namespace remit::webhooks {

/// What the endpoints of webhooks need beyond the gateway. All outlive it.
struct EndpointPorts {
  api::Gateway& gateway;
  codec::Sealer& sealer;
  Entropy& entropy;
  UrlPolicy urls;
  std::vector<std::string_view> event_types;  ///< That are published.
};

/// POST, GET /v1/webhook_endpoints; GET, PATCH, DELETE /v1/webhook_endpoints/{id}
void add_manage_endpoints(const EndpointPorts& ports);
/// GET /v1/webhook_endpoints/{id}/keys; POST /v1/webhook_endpoints/{id}/rotate_secret
void add_secret_endpoints(const EndpointPorts& ports);
/// GET /v1/webhook_endpoints/{id}/deliveries; GET /v1/webhook_deliveries/{id}
void add_delivery_endpoints(const EndpointPorts& ports);
/// POST /v1/webhook_endpoints/{id}/resend; POST /v1/webhook_deliveries/{id}/resend
void add_resend_endpoints(const EndpointPorts& ports);

/// What the codes of their problems mean.
std::span<const api::ProblemKind> problems();

/// Shown by the documents.
WebhookEndpoint example_endpoint();
Delivery example_delivery();

/// All of them.
void add_endpoints(const EndpointPorts& ports);

}  // namespace remit::webhooks
