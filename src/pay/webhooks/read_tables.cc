#include "pay/webhooks/read_tables.h"

#include "kit/flow/state.h"
#include "pay/api/query.h"

#include <fmt/format.h>

namespace remit::webhooks {
namespace {

// `webhook_notices` has the places in the journal that concern a flow beyond the facts: its own retries, and resends.
// No row goes away, as none of the other tables does: all are a fold of a journal that keeps everything, whatever a flow's
// checkpoint is, and a flow that lost its checkpoint reads them anew. Each is a small part of the retry's own events.
constexpr std::string_view kSchema = R"sql(
CREATE TABLE webhook_endpoints (
  id TEXT PRIMARY KEY,
  client TEXT NOT NULL,
  status INTEGER NOT NULL,
  enabled_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_endpoints_of_client ON webhook_endpoints (client, id);
CREATE TABLE webhook_notices (
  flow TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (flow, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE webhook_deliveries (
  endpoint TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  status INTEGER NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (endpoint, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_by_status ON webhook_deliveries (endpoint, status, position);
CREATE INDEX webhook_deliveries_by_subject ON webhook_deliveries (endpoint, subject, position);
)sql";

class WebhookTables final : public flow::ReadTables {
 public:
  std::string_view schema() const override { return kSchema; }
  Result<void> open(sqlite::Database& database) override {
    endpoint_ =
        TRY(database.prepare("INSERT OR REPLACE INTO webhook_endpoints VALUES (?, ?, ?, ?)"));
    notice_ = TRY(database.prepare("INSERT OR IGNORE INTO webhook_notices VALUES (?, ?)"));
    delivery_ = TRY(
        database.prepare("INSERT OR REPLACE INTO webhook_deliveries VALUES (?, ?, ?, ?, ?, ?)"));
    return {};
  }
  void close() override {
    endpoint_.reset();
    notice_.reset();
    delivery_.reset();
  }

  Result<void> changed(const flow::Record& record, const TypeId& id, const void* state) override {
    if (id.prefix() == WebhookEndpoint::kPrefix) {
      const auto& endpoint = *static_cast<const WebhookEndpoint*>(state);
      return endpoint_
          ->bind(id.to_string(), endpoint.client.to_string(), static_cast<int>(endpoint.status),
                 endpoint.enabled_at)
          .run();
    }
    if (id.prefix() != Delivery::kPrefix) return {};
    const auto& delivery = *static_cast<const Delivery*>(state);
    if (record.type == ResendRequested::kType.name) {
      TRY(notice_->bind(flow_name(delivery.what.endpoint), record.cursor.value).run());
    }
    return delivery_
        ->bind(delivery.what.endpoint.to_string(), delivery.what.position, id.to_string(),
               static_cast<int>(delivery.status), delivery.what.event.to_string(),
               delivery.what.subject.to_string())
        .run();
  }

  Result<void> happened(const flow::Record& record) override {
    if (record.type == flow::RecordDue::kType.name) return take<flow::RecordDue>(record);
    if (record.type == flow::LaneCleared::kType.name) return take<flow::LaneCleared>(record);
    return {};
  }

 private:
  template <class V>
  Result<void> take(const flow::Record& record) {
    const V event = TRY(codec::decode<V>(record.payload));
    if (!event.flow.starts_with(kFlowPrefix)) return {};
    return notice_->bind(event.flow, record.cursor.value).run();
  }

  std::optional<sqlite::Statement> endpoint_;
  std::optional<sqlite::Statement> notice_;
  std::optional<sqlite::Statement> delivery_;
};

}  // namespace

std::string flow_name(const TypeId& endpoint) {
  return std::string(kFlowPrefix) + endpoint.to_string();
}

std::unique_ptr<flow::ReadTables> make_read_tables() {
  return std::make_unique<WebhookTables>();
}

Result<std::vector<WebhookEndpoint>> list_endpoints(sqlite::Database& database,
                                                    const ClientId& client) {
  sqlite::Statement rows = TRY(database.prepare(
      "SELECT states.state FROM webhook_endpoints JOIN states ON states.id = webhook_endpoints.id "
      "WHERE client = ? AND status <> ? ORDER BY webhook_endpoints.id"));
  rows.bind(client.to_string(), static_cast<int>(EndpointStatus::Deleted));
  std::vector<WebhookEndpoint> endpoints;
  while (TRY(rows.step())) endpoints.push_back(TRY(codec::decode<WebhookEndpoint>(rows.blob(0))));
  return endpoints;
}

Result<DeliveryPage> list_deliveries(sqlite::Database& database, const DeliveryFilter& filter) {
  std::string sql =
      "SELECT states.state FROM webhook_deliveries JOIN states ON states.id = "
      "webhook_deliveries.id WHERE endpoint = ?1";
  // Only what is asked for, so that SQLite finds the index for it.
  if (filter.before) sql += " AND position < ?2";
  if (filter.status) sql += " AND status = ?3";
  if (filter.event) sql += " AND event = ?4";
  if (filter.subject) sql += " AND subject = ?5";
  sql += " ORDER BY position DESC LIMIT ?6";
  const auto text = [](const std::optional<TypeId>& id) { return id ? id->to_string() : ""; };
  sqlite::Statement rows = TRY(database.prepare(sql));
  rows.bind(filter.endpoint.to_string(), filter.before.value_or(0),
            filter.status ? static_cast<int>(*filter.status) : 0, text(filter.event),
            text(filter.subject), static_cast<std::uint64_t>(filter.rows_max + 1));
  DeliveryPage page;
  while (TRY(rows.step())) {
    if (page.deliveries.size() == filter.rows_max) {
      page.next_cursor =
          api::encode_cursor(std::to_string(page.deliveries.back().what.position), "");
      break;
    }
    page.deliveries.push_back(TRY(codec::decode<Delivery>(rows.blob(0))));
  }
  return page;
}

}  // namespace remit::webhooks
