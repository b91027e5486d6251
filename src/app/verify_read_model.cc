#include "app/verify_read_model.h"

#include "app/core.h"
#include "app/data_snapshot.h"
#include "app/read_tables.h"
#include "kit/flow/read_model.h"

#include <filesystem>
#include <unistd.h>

namespace remit::app {
namespace {

constexpr std::size_t kDifferencesMax = 10;

/// A file that goes when this does.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& directory)
      : path_((directory / fmt::format("remit-verify-{}.db", static_cast<long>(::getpid())))
                  .string()) {
    remove();
  }
  ~TemporaryFile() { remove(); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(path_ + suffix, ignored);
  }
  std::string path_;
};

Result<std::uint64_t> make_anew(const engine::Registry& registry, journal::Journal& journal,
                                journal::PartitionId partition, const std::string& path,
                                flow::Cursor through) {
  const auto model =
      TRY(flow::ReadModel::open(registry, {path, kept_in_read_models()}, make_read_tables()));
  flow::JournalSource source(journal, partition);
  flow::Cursor at;
  while (at < through) {
    std::vector<flow::Record> records = TRY(source.read(at, {}));
    while (!records.empty() && records.back().cursor > through) records.pop_back();
    if (records.empty()) break;
    at = records.back().cursor;
    TRY(model->apply(records, at));
  }
  return at.value;
}

Result<std::vector<std::string>> tables_of(sqlite::Database& database) {
  sqlite::Statement names =
      TRY(database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                           "'sqlite_%' ORDER BY name"));
  std::vector<std::string> tables;
  while (TRY(names.step())) tables.push_back(names.text(0));
  return tables;
}

/// Rows that one has and the other lacks, both ways, by SQLite itself.
Result<void> compare_tables(sqlite::Database& anew, ReadModelReport& report) {
  for (const std::string& table : TRY(tables_of(anew))) {
    sqlite::Statement count =
        TRY(anew.prepare(fmt::format("SELECT count(*) FROM main.\"{}\"", table)));
    if (TRY(count.step())) report.rows += count.number(0);
    for (const auto& [left, right, word] :
         {std::tuple{"main", "stored", "is missing or differs in"},
          std::tuple{"stored", "main", "is too much or differs in"}}) {
      sqlite::Statement rows = TRY(anew.prepare(
          fmt::format("SELECT * FROM {0}.\"{2}\" EXCEPT SELECT * FROM {1}.\"{2}\" LIMIT {3}", left,
                      right, table, kDifferencesMax)));
      while (TRY(rows.step()) && report.differences.size() < kDifferencesMax) {
        report.differences.push_back(
            fmt::format("{} {} the stored table {}", rows.text(0), word, table));
      }
    }
  }
  return {};
}

}  // namespace

Result<ReadModelReport> verify_read_model(const engine::Registry& registry,
                                          journal::Journal& journal, journal::PartitionId partition,
                                          const std::string& file) {
  ReadModelReport report;
  // Before the first start of a restored directory there is none. What cannot be looked at says so when it is opened.
  std::error_code unknown;
  report.stored =
      std::filesystem::status(file, unknown).type() != std::filesystem::file_type::not_found;
  if (!report.stored) return report;
  const auto stored =
      TRY(flow::ReadModel::open(registry, {file, kept_in_read_models()}, make_read_tables()));
  const flow::Cursor through = TRY(stored->checkpoint());
  const TemporaryFile temporary(TRY(temporary_directory()));
  report.events = TRY(make_anew(registry, journal, partition, temporary.path(), through));
  sqlite::Database anew =
      TRY(sqlite::Database::open(temporary.path(), {.durability = sqlite::Durability::Normal}));
  sqlite::Statement attach = TRY(anew.prepare("ATTACH DATABASE ? AS stored"));
  TRY(attach.bind(file).run());
  TRY(compare_tables(anew, report));
  return report;
}

}  // namespace remit::app
