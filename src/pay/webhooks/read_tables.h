#pragma once

#include "kit/flow/read_model.h"
#include "pay/webhooks/delivery.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remit::webhooks {

/// The name of the flow that delivers to an endpoint: "webhook:whe_01h455vb4pex5vsknk084sn02q".
std::string flow_name(const TypeId& endpoint);
/// With which the names of all flows that post to endpoints begin.
inline constexpr std::string_view kFlowPrefix = "webhook:";

/// What lists of endpoints and deliveries search by, and where the feeds find what concerns them.
std::unique_ptr<flow::ReadTables> make_read_tables();

/// Oldest first, deleted ones left out.
Result<std::vector<WebhookEndpoint>> list_endpoints(sqlite::Database& database,
                                                    const ClientId& client);

struct DeliveryFilter {
  TypeId endpoint;
  std::optional<DeliveryStatus> status;
  std::optional<TypeId> event;
  std::optional<TypeId> subject;
  std::optional<std::uint64_t> before;  ///< Only those of events before this position.
  std::size_t rows_max = 20;
};

struct DeliveryPage {
  std::vector<Delivery> deliveries;  ///< Newest event first.
  std::optional<std::string> next_cursor;
};

Result<DeliveryPage> list_deliveries(sqlite::Database& database, const DeliveryFilter& filter);

}  // namespace remit::webhooks
