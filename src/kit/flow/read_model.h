#pragma once

#include "kit/engine/registry.h"
#include "kit/flow/derived_flow.h"
#include "kit/store/read_database.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace remit::flow {

/// What an owner keeps of its entities for lists and look-ups: columns to search by. The states themselves are kept by the
/// ReadModel, so a table needs only what a WHERE or ORDER BY does.
class ReadTables {
 public:
  virtual ~ReadTables() = default;
  /// CREATE TABLE and CREATE INDEX statements. Any change of them rebuilds the read model.
  virtual std::string_view schema() const = 0;
  /// Prepares statements. They must not outlive the database.
  virtual Result<void> open(sqlite::Database& database) = 0;
  /// Releases them.
  virtual void close() = 0;
  /// The record changed this entity; `state` is as the record left it, of the kind that the id's prefix names. Called for
  /// every entity that the record changed, in the order of the changes.
  virtual Result<void> changed(const Record& record, const TypeId& id, const void* state) = 0;
  /// The record was taken in, whatever it changed: for tables of what happened rather than of what is.
  virtual Result<void> happened(const Record&) { return {}; }
};

/// The read model of one partition: a fold of its events into SQLite, by the same `evolve` as the engine's, so that it is
/// equal to the engine's states by construction and `remit verify` can hold it to that. Entities of the kept kinds are rows
/// of `states`; owners add their own tables. Everything of one batch is one transaction with the checkpoint. A batch that
/// does not follow on what the file holds fails with Unavailable `read_model_moved`, until `checkpoint` was asked again:
/// another process that took over is further, or a commit that failed was there all the same.
class ReadModel final : public Projection {
 public:
  struct Options {
    std::string path;
    std::vector<std::string> kept;  ///< Prefixes of the kinds whose states are kept.
    sqlite::Disk* disk = nullptr;   ///< Null: the machine's own.
  };

  static Result<std::unique_ptr<ReadModel>> open(const engine::Registry& registry, Options options,
                                                 std::vector<std::unique_ptr<ReadTables>> tables);
  ~ReadModel() override;

  std::string name() const override { return "read_model"; }
  Result<Cursor> checkpoint() override;
  bool wants(std::string_view type) const override;
  Result<void> apply(std::span<const Record> records, Cursor through) override;
  Result<void> reset() override;

  const std::string& path() const { return database_->path(); }

 private:
  class States;
  ReadModel(const engine::Registry& registry, std::vector<std::unique_ptr<ReadTables>> tables);
  Result<void> take(const Record& record);

  const engine::Registry& registry_;
  bool keeps_timers_ = false;
  std::vector<std::unique_ptr<ReadTables>> tables_;
  std::unique_ptr<store::ReadDatabase> database_;
  std::unique_ptr<States> states_;
  Cursor applied_;  ///< What the file holds, as far as we know.
};

/// The state of an entity as a read model has it: for readers on their own connection. Nullopt when there is none.
template <engine::Entity E>
Result<std::optional<E>> find_state(sqlite::Database& database, const TypeId& id) {
  sqlite::Statement row = TRY(database.prepare("SELECT state FROM states WHERE id = ?"));
  if (!TRY(row.bind(id.to_string()).step())) return std::optional<E>();
  return std::optional<E>(TRY(codec::decode<E>(row.blob(0))));
}

}  // namespace remit::flow
