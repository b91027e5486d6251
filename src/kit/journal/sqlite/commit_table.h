#pragma once

#include "kit/journal/commit_record.h"
#include "kit/journal/journal.h"
#include "kit/sqlite/database.h"

#include <optional>
#include <string>
#include <vector>

namespace remit::journal {

/// One connection's view of the tables of the journal file. One thread at a time.
///   partitions(partition, epoch)
///   commits(id = partition * 2^40 + sequence, partition, first_position, last_position, time, epoch, chain, body)
class CommitTable {
 public:
  struct Options {
    bool read_only = false;
    /// Pages of the WAL after which it is moved into the file: rarer than SQLite's habit, since a file that is only appended
    /// to gains nothing from early moves.
    int wal_pages_max = 4000;
    sqlite::Disk* disk = nullptr;  ///< Null: the machine's own.
  };
  static Result<CommitTable> open(const std::string& path, const Options& options);

  /// Makes the tables in a new file; refuses a file of another layout.
  static Result<void> create(const std::string& path, sqlite::Disk* disk = nullptr);

  Result<Epoch> epoch(PartitionId partition);
  Result<Epoch> raise_epoch(PartitionId partition);
  Result<Head> head(PartitionId partition);
  Result<std::vector<PartitionId>> partitions();
  /// Within the caller's transaction.
  Result<void> insert(PartitionId partition, const Commit& commit, const Head& made, ByteView body);

  /// The stored row, its bytes checked against nothing.
  struct Row {
    std::optional<Hash256> before;  ///< The chain value of the commit before it.
    Sequence sequence;
    Epoch epoch;
    Hash256 chain{};
    Bytes body;
  };
  Result<std::optional<Row>> row(PartitionId partition, Sequence sequence);
  /// The commit that holds the position.
  Result<std::optional<Sequence>> find_position(PartitionId partition, Position position);

  /// Takes out the commit and all behind it: for a restore to an earlier position, never while anybody appends. Within the
  /// caller's transaction.
  Result<void> remove_from(PartitionId partition, Sequence sequence);

  sqlite::Database& database() { return database_; }

 private:
  CommitTable(sqlite::Database database, std::vector<sqlite::Statement> statements);
  sqlite::Database database_;
  std::vector<sqlite::Statement> statements_;
};

}  // namespace remit::journal
