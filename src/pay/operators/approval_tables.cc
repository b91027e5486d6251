#include "pay/operators/approval_tables.h"

namespace remit::operators {
namespace {

class ApprovalTables final : public flow::ReadTables {
 public:
  std::string_view schema() const override {
    return R"sql(
CREATE TABLE approvals (
  id TEXT PRIMARY KEY,
  status INTEGER NOT NULL,
  requested_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_by_status ON approvals (status, requested_at, id);
)sql";
  }
  Result<void> open(sqlite::Database& database) override {
    store_ = TRY(database.prepare("INSERT OR REPLACE INTO approvals VALUES (?, ?, ?)"));
    return {};
  }
  void close() override { store_.reset(); }
  Result<void> changed(const flow::Record&, const TypeId& id, const void* state) override {
    if (id.prefix() != Approval::kPrefix) return {};
    const auto& approval = *static_cast<const Approval*>(state);
    return store_
        ->bind(id.to_string(), static_cast<int>(approval.status),
               static_cast<std::int64_t>(approval.requested_at.time_since_epoch().count()))
        .run();
  }

 private:
  std::optional<sqlite::Statement> store_;
};

}  // namespace

std::unique_ptr<flow::ReadTables> make_read_tables() {
  return std::make_unique<ApprovalTables>();
}

Result<std::vector<Approval>> list_approvals(sqlite::Database& database,
                                             std::optional<ApprovalStatus> status,
                                             std::size_t rows_max) {
  sqlite::Statement rows = TRY(database.prepare(
      "SELECT states.state FROM approvals JOIN states ON states.id = approvals.id WHERE (?1 IS "
      "NULL OR status = ?1) ORDER BY requested_at, approvals.id LIMIT ?2"));
  std::optional<int> wanted;
  if (status) wanted = static_cast<int>(*status);
  rows.bind(wanted, static_cast<std::uint64_t>(rows_max));
  std::vector<Approval> approvals;
  while (TRY(rows.step())) approvals.push_back(TRY(codec::decode<Approval>(rows.blob(0))));
  return approvals;
}

}  // namespace remit::operators
