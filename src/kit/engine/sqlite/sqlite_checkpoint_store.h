#pragma once

#include "kit/engine/checkpoint_store.h"
#include "kit/sqlite/database.h"

#include <memory>
#include <mutex>
#include <string>

namespace remit::engine {

/// Checkpoints of all partitions of a process in one SQLite file, synchronous=NORMAL: what the machine loses at a power cut
/// is made again from the journal. One connection writes, another reads, so that loading an entity never waits for a save.
/// Thread safe.
class SqliteCheckpointStore final : public CheckpointStore {
 public:
  /// Creates the file if need be. A file of a newer layout is Unsupported `checkpoints_too_new`: remove it, it is a cache.
  /// `disk`: null for the machine's own.
  static Result<std::unique_ptr<SqliteCheckpointStore>> open(const std::string& path,
                                                             sqlite::Disk* disk = nullptr);

  Result<CheckpointMark> latest(journal::PartitionId partition) override;
  Result<std::optional<StoredEntity>> load(journal::PartitionId partition,
                                           const TypeId& id) override;
  Result<void> save(journal::PartitionId partition, const CheckpointMark& mark,
                    const std::vector<StoredEntity>& changed) override;
  Result<std::vector<StoredEntity>> scan(journal::PartitionId partition, std::string_view prefix,
                                         const TypeId& after, std::size_t count_max) override;
  Result<void> clear(journal::PartitionId partition) override;

 private:
  struct Writer {
    sqlite::Database database;
    sqlite::Statement put;
    sqlite::Statement remove;
    sqlite::Statement find_mark;  ///< One that is further than that of a save.
    sqlite::Statement put_mark;
    sqlite::Statement remove_mark;
    sqlite::Statement remove_all;
  };
  struct Reader {
    sqlite::Database database;
    sqlite::Statement mark;
    sqlite::Statement load;
    sqlite::Statement scan;
  };
  SqliteCheckpointStore(Writer writer, Reader reader)
      : writer_(std::move(writer)), reader_(std::move(reader)) {}
  static Result<Writer> open_writer(const std::string& path, sqlite::Disk* disk);
  static Result<Reader> open_reader(const std::string& path, sqlite::Disk* disk);
  Result<void> write(journal::PartitionId partition, const StoredEntity& entity);

  std::mutex write_mutex_;
  Writer writer_;
  std::mutex read_mutex_;
  Reader reader_;
};

}  // namespace remit::engine
