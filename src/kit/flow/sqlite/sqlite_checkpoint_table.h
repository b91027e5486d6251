#pragma once

#include "kit/flow/checkpoints.h"
#include "kit/sqlite/database.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace remit::flow {

/// The checkpoints of all effect flows of a process in one SQLite file, synchronous=NORMAL: a save survives the process, and
/// may be lost with the machine, which only makes the checkpoint lag. Thread safe.
class SqliteCheckpointTable final : public CheckpointTable {
 public:
  /// Creates the file if need be. A file of a newer layout is Unsupported `flow_checkpoints_too_new`.
  /// `disk`: null for the machine's own.
  static Result<std::unique_ptr<SqliteCheckpointTable>> open(const std::string& path,
                                                             sqlite::Disk* disk = nullptr);

  Result<Checkpoint> load(std::string_view flow) override;
  Result<void> save(std::string_view flow, const Checkpoint& checkpoint) override;

 private:
  SqliteCheckpointTable(sqlite::Database database, sqlite::Statement get, sqlite::Statement put);

  std::mutex mutex_;
  sqlite::Database database_;
  sqlite::Statement get_;
  sqlite::Statement put_;
};

}  // namespace remit::flow
