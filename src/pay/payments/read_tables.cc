#include "pay/payments/read_tables.h"

#include "pay/api/query.h"

#include <fmt/format.h>

namespace remit::payments {
namespace {

// Ids of payments are made by the server from the time, so that their order is the order of creation.
constexpr std::string_view kSchema = R"sql(
CREATE TABLE payments (
  client TEXT NOT NULL,
  id TEXT NOT NULL,
  state INTEGER NOT NULL,
  client_reference TEXT NOT NULL,
  needs_operator INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  refund_of TEXT NOT NULL,
  rail TEXT NOT NULL,
  bank_payment_id TEXT NOT NULL,
  payer TEXT NOT NULL,
  PRIMARY KEY (client, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_by_state ON payments (client, state, id);
CREATE INDEX payments_by_reference ON payments (client, client_reference) WHERE client_reference <> '';
CREATE INDEX payments_by_kind ON payments (client, kind, id) WHERE kind <> 1;
CREATE INDEX refunds_of_payments ON payments (refund_of, id) WHERE refund_of <> '';
CREATE INDEX payments_of_payers ON payments (payer, id) WHERE payer <> '';
CREATE INDEX payments_at_banks ON payments (bank_payment_id, rail, id) WHERE bank_payment_id <> '';
CREATE INDEX payments_for_operators ON payments (id) WHERE needs_operator = 1;
)sql";

constexpr std::string_view kBehindAllIds = "pay`";

class PaymentTables final : public flow::ReadTables {
 public:
  std::string_view schema() const override { return kSchema; }
  Result<void> open(sqlite::Database& database) override {
    store_ = TRY(database.prepare(
        "INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "state = "
        "excluded.state, needs_operator = excluded.needs_operator, bank_payment_id = "
        "excluded.bank_payment_id"));
    return {};
  }
  void close() override { store_.reset(); }
  Result<void> changed(const flow::Record&, const TypeId& id, const void* state) override {
    if (id.prefix() != Payment::kPrefix) return {};
    const auto& payment = *static_cast<const Payment*>(state);
    return store_
        ->bind(payment.client.to_string(), id.to_string(), static_cast<int>(payment.state),
               payment.client_reference, payment.needs_operator, static_cast<int>(payment.kind),
               payment.refund_of.empty() ? "" : payment.refund_of.to_string(), payment.rail,
               payment.bank_payment_id, payment.payer.empty() ? "" : payment.payer.to_string())
        .run();
  }

 private:
  std::optional<sqlite::Statement> store_;
};

}  // namespace

std::unique_ptr<flow::ReadTables> make_read_tables() {
  return std::make_unique<PaymentTables>();
}

Result<std::optional<TypeId>> find_bank_payment(sqlite::Database& database,
                                                const std::vector<std::string>& rails,
                                                const std::string& bank_payment_id) {
  sqlite::Statement row = TRY(database.prepare(
      "SELECT id FROM payments WHERE bank_payment_id = ? AND bank_payment_id <> '' "
      "AND rail = ? ORDER BY id DESC LIMIT 1"));
  for (const std::string& rail : rails) {
    row.bind(bank_payment_id, rail);
    if (TRY(row.step())) return TypeId::parse(row.text(0));
    row.reset();
  }
  return std::nullopt;
}

Result<PaymentPage> list_payments(sqlite::Database& database, const PaymentFilter& filter) {
  // Only what is asked for, so that SQLite finds the index for it.
  std::string sql =
      "SELECT payments.id, states.state FROM payments JOIN states ON states.id = payments.id "
      "WHERE payments.id < ?1";
  if (!filter.client.empty()) sql += " AND client = ?2";
  if (filter.state) sql += " AND payments.state = ?3";
  if (filter.client_reference) sql += " AND client_reference = ?4 AND client_reference <> ''";
  if (filter.needs_operator) sql += " AND needs_operator = 1";
  // SQLite takes a partial index only where the query says its condition.
  if (filter.kind) sql += " AND kind = ?5";
  if (filter.kind && *filter.kind != PaymentKind::PayIn) sql += " AND kind <> 1";
  if (filter.refund_of) sql += " AND refund_of = ?6 AND refund_of <> ''";
  if (filter.payer) sql += " AND payer = ?7 AND payer <> ''";
  sql += " ORDER BY payments.id DESC LIMIT ?8";
  sqlite::Statement rows = TRY(database.prepare(sql));
  rows.bind(filter.before.value_or(std::string(kBehindAllIds)), filter.client.to_string(),
            filter.state ? static_cast<int>(*filter.state) : 0,
            filter.client_reference.value_or(""), filter.kind ? static_cast<int>(*filter.kind) : 0,
            filter.refund_of ? filter.refund_of->to_string() : "",
            filter.payer ? filter.payer->to_string() : "",
            static_cast<std::uint64_t>(filter.rows_max + 1));
  PaymentPage page;
  std::string last;
  while (TRY(rows.step())) {
    if (page.payments.size() == filter.rows_max) {
      page.next_cursor = api::encode_cursor("", last);
      break;
    }
    last = rows.text(0);
    page.payments.push_back(TRY(codec::decode<Payment>(rows.blob(1))));
  }
  return page;
}

}  // namespace remit::payments
