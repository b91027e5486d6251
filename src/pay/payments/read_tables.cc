#include "pay/payments/read_tables.h"

#include "pay/api/query.h"

#include <fmt/format.h>

namespace remit::payments {
namespace {

constexpr std::string_view kSchema = R"sql(
CREATE TABLE payments (
  id TEXT PRIMARY KEY,
  client TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  client_reference TEXT NOT NULL,
  needs_operator INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_by_time ON payments (client, created_at, id);
CREATE INDEX payments_by_state ON payments (client, state, created_at, id);
CREATE INDEX payments_by_reference ON payments (client, client_reference) WHERE client_reference <> '';
CREATE INDEX payments_for_operators ON payments (created_at, id) WHERE needs_operator = 1;
)sql";

class PaymentTables final : public flow::ReadTables {
 public:
  std::string_view schema() const override { return kSchema; }
  Result<void> open(sqlite::Database& database) override {
    store_ = TRY(database.prepare("INSERT OR REPLACE INTO payments VALUES (?, ?, ?, ?, ?, ?)"));
    return {};
  }
  void close() override { store_.reset(); }
  Result<void> changed(const flow::Record&, const TypeId& id, const void* state) override {
    if (id.prefix() != Payment::kPrefix) return {};
    const auto& payment = *static_cast<const Payment*>(state);
    return store_
        ->bind(id.to_string(), payment.client.to_string(),
               static_cast<std::int64_t>(payment.created_at.time_since_epoch().count()),
               static_cast<int>(payment.state), payment.client_reference, payment.needs_operator)
        .run();
  }

 private:
  std::optional<sqlite::Statement> store_;
};

}  // namespace

std::unique_ptr<flow::ReadTables> make_read_tables() {
  return std::make_unique<PaymentTables>();
}

Result<PaymentPage> list_payments(sqlite::Database& database, const PaymentFilter& filter) {
  std::string sql =
      "SELECT payments.id, payments.created_at, states.state FROM payments "
      "JOIN states ON states.id = payments.id WHERE "
      "(?1 IS NULL OR client = ?1) AND (?2 IS NULL OR payments.state = ?2) AND "
      "(?3 IS NULL OR client_reference = ?3) AND "
      "(?4 IS NULL OR (created_at, payments.id) < (?4, ?5))";
  if (filter.needs_operator) sql += " AND needs_operator = 1";
  sql += " ORDER BY created_at DESC, payments.id DESC LIMIT ?6";
  sqlite::Statement rows = TRY(database.prepare(sql));
  std::optional<std::string> client;
  if (!filter.client.empty()) client = filter.client.to_string();
  std::optional<int> state;
  if (filter.state) state = static_cast<int>(*filter.state);
  std::optional<std::int64_t> before;
  std::string before_id;
  if (filter.after) {
    before = std::strtoll(filter.after->first.c_str(), nullptr, 10);
    before_id = filter.after->second;
  }
  rows.bind(client, state, filter.client_reference, before, before_id,
            static_cast<std::uint64_t>(filter.rows_max + 1));
  PaymentPage page;
  std::string last_key;
  std::string last_id;
  while (TRY(rows.step())) {
    if (page.payments.size() == filter.rows_max) {
      page.next_cursor = api::encode_cursor(last_key, last_id);
      break;
    }
    last_id = rows.text(0);
    last_key = rows.text(1);
    page.payments.push_back(TRY(codec::decode<Payment>(rows.blob(2))));
  }
  return page;
}

}  // namespace remit::payments
