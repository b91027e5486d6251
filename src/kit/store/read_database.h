#pragma once

#include "kit/base/host.h"
#include "kit/base/inbox.h"
#include "kit/base/result.h"
#include "kit/sqlite/database.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remit::store {

/// A SQLite file of rows that can be made again from somewhere else: read models. It remembers from which schema its tables
/// were made, and up to where they have taken in their source; a file of another schema, or one that is damaged, is thrown
/// away and begun anew. Used by one thread, the writer's.
class ReadDatabase {
 public:
  /// `disk`: null for the machine's own.
  static Result<std::unique_ptr<ReadDatabase>> open(std::string path, std::string schema,
                                                    sqlite::Disk* disk = nullptr);

  sqlite::Database& database() { return *database_; }
  const std::string& path() const { return path_; }
  /// Zero in a new file.
  Result<std::uint64_t> checkpoint();
  /// Within the transaction that changes the rows.
  Result<void> set_checkpoint(std::uint64_t cursor);
  /// Empties everything. Statements prepared before still stand; readers see it empty.
  Result<void> reset();

 private:
  ReadDatabase(std::string path, std::string schema, sqlite::Disk& disk)
      : path_(std::move(path)), schema_(std::move(schema)), disk_(disk) {}
  Result<void> open_file();
  Result<bool> is_current();
  Result<void> make_tables();

  std::string path_;
  std::string schema_;
  sqlite::Disk& disk_;
  std::optional<sqlite::Database> database_;
};

/// Runs queries on a read-only connection, on a thread of its own, in the order in which they came.
class ReadQueries final : public Component {
 public:
  using Query = std::move_only_function<void(sqlite::Database&)>;

  /// The file must exist. `name` is of its thread. `disk`: null for the machine's own.
  static Result<std::unique_ptr<ReadQueries>> start(const std::string& path, std::string name,
                                                    Host& host, sqlite::Disk* disk = nullptr);
  ~ReadQueries() override;

  /// False when too many wait; the query is then dropped. Thread safe.
  [[nodiscard]] bool ask(Query query);

  std::string name() const override { return name_; }
  bool step() override;

 private:
  static constexpr std::size_t kWaitingMax = 4096;
  ReadQueries(sqlite::Database database, std::string name, Host& host)
      : database_(std::move(database)), name_(std::move(name)), host_(host) {}

  sqlite::Database database_;
  std::string name_;
  Host& host_;
  Inbox<Query> waiting_{kWaitingMax};
  std::vector<Query> taken_;
};

}  // namespace remit::store
