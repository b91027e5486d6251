#include "kit/flow/dead_letter_tables.h"

namespace remit::flow {
namespace {

class DeadLetterTables final : public ReadTables {
 public:
  std::string_view schema() const override {
    return R"sql(
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  flow TEXT NOT NULL,
  status INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letters_by_status ON dead_letters (status, created_at, id);
)sql";
  }
  Result<void> open(sqlite::Database& database) override {
    store_ = TRY(database.prepare("INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?)"));
    return {};
  }
  void close() override { store_.reset(); }
  Result<void> changed(const Record&, const TypeId& id, const void* state) override {
    if (id.prefix() != DeadLetter::kPrefix) return {};
    const auto& letter = *static_cast<const DeadLetter*>(state);
    return store_
        ->bind(id.to_string(), letter.flow, static_cast<int>(letter.status),
               static_cast<std::int64_t>(letter.created_at.time_since_epoch().count()))
        .run();
  }

 private:
  std::optional<sqlite::Statement> store_;
};

}  // namespace

std::unique_ptr<ReadTables> make_dead_letter_tables() {
  return std::make_unique<DeadLetterTables>();
}

Result<std::vector<DeadLetter>> list_dead_letters(sqlite::Database& database,
                                                  const DeadLetterFilter& filter) {
  sqlite::Statement rows = TRY(database.prepare(
      "SELECT states.state FROM dead_letters JOIN states ON states.id = dead_letters.id WHERE (?1 "
      "IS NULL OR status = ?1) AND (?2 IS NULL OR flow = ?2) ORDER BY created_at, "
      "dead_letters.id LIMIT ?3"));
  std::optional<int> status;
  if (filter.status) status = static_cast<int>(*filter.status);
  rows.bind(status, filter.flow, static_cast<std::uint64_t>(filter.rows_max));
  std::vector<DeadLetter> letters;
  while (TRY(rows.step())) letters.push_back(TRY(codec::decode<DeadLetter>(rows.blob(0))));
  return letters;
}

}  // namespace remit::flow
