#include "pay/webhooks/enabled_flows.h"

#include "kit/flow/record.h"
#include "pay/webhooks/endpoint.h"
#include "pay/webhooks/read_tables.h"

#include <set>

namespace remit::webhooks {
namespace {

bool enables(std::string_view type) {
  return type == EndpointCreated::kType.name || type == EndpointEnabled::kType.name;
}
bool disables(std::string_view type) {
  return type == EndpointDisabled::kType.name || type == EndpointDeleted::kType.name;
}

}  // namespace

Result<std::vector<std::string>> enabled_flows(journal::Journal& journal,
                                               journal::PartitionId partition) {
  flow::JournalSource source(journal, partition);
  std::set<TypeId> enabled;
  flow::Cursor after;
  while (true) {
    const flow::Batch batch = TRY(source.read_wanted(
        after, {}, [](std::string_view type) { return enables(type) || disables(type); }));
    for (const flow::Record& record : batch.records) {
      if (enables(record.type)) {
        enabled.insert(record.key);
      } else {
        enabled.erase(record.key);
      }
    }
    if (batch.through <= after) break;
    after = batch.through;
  }
  std::vector<std::string> names;
  names.reserve(enabled.size());
  for (const TypeId& endpoint : enabled) names.push_back(flow_name(endpoint));
  return names;
}

}  // namespace remit::webhooks
