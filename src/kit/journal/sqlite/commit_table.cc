#include "kit/journal/sqlite/commit_table.h"

#include <fmt/format.h>

#include <cstring>

namespace remit::journal {
namespace {

constexpr std::uint32_t kApplicationId = 0x524D4A4C;  // "RMJL"
constexpr int kLayout = 1;

/// In the order of making, which is that of their root pages: 2, 3, 4.
constexpr std::array<std::string_view, 3> kTables = {
    "CREATE TABLE partitions(partition INTEGER PRIMARY KEY, epoch INTEGER NOT NULL)",
    "CREATE TABLE commits(id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, first_position "
    "INTEGER NOT NULL, last_position INTEGER NOT NULL, time INTEGER NOT NULL, epoch INTEGER NOT "
    "NULL, chain BLOB NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX commits_by_position ON commits(partition, first_position)"};
constexpr std::uint64_t kFirstRootPage = 2;

enum StatementNumber : std::size_t { kEpoch, kRaise, kHead, kPartitions, kInsert, kRow, kFind };
constexpr std::array<std::string_view, 7> kStatements = {
    "SELECT epoch FROM partitions WHERE partition = ?",
    "INSERT INTO partitions(partition, epoch) VALUES(?, 1) ON CONFLICT(partition) DO UPDATE SET "
    "epoch = epoch + 1",
    "SELECT id, last_position, time, chain FROM commits WHERE id BETWEEN ? AND ? ORDER BY id DESC "
    "LIMIT 1",
    "SELECT partition FROM partitions ORDER BY partition",
    "INSERT INTO commits(id, partition, first_position, last_position, time, epoch, chain, body) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
    "SELECT epoch, chain, body, (SELECT chain FROM commits WHERE id = ?2) FROM commits WHERE id = "
    "?1",
    "SELECT id FROM commits WHERE partition = ? AND first_position <= ? ORDER BY first_position "
    "DESC, id DESC LIMIT 1"};

constexpr std::uint64_t kSequenceMax = (1ULL << 40U) - 1;

std::uint64_t row_id(PartitionId partition, Sequence sequence) {
  return (partition.value << 40U) | sequence.value;
}

sqlite::OpenOptions file_options(const CommitTable::Options& options) {
  return {.durability = sqlite::Durability::Full,
          .read_only = options.read_only,
          .page_bytes = 8192,
          .wal_pages_max = options.wal_pages_max,
          .application_id = kApplicationId,
          .disk = options.disk};
}

Result<Hash256> to_hash(ByteView bytes) {
  Hash256 hash{};
  if (bytes.size() != hash.size()) {
    return fail(ErrorCode::Corrupt, "chain_damaged", "A stored chain value is not 32 bytes long.");
  }
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

/// SQLite believes what the file says of its tables: with a changed name or root page it would find an empty journal.
Result<void> check_tables(sqlite::Database& database, const std::string& path) {
  sqlite::Statement read =
      TRY(database.prepare("SELECT rootpage, sql FROM sqlite_master ORDER BY rowid"));
  std::size_t good = 0;
  std::size_t found = 0;
  for (; TRY(read.step()); ++found) {
    if (found < kTables.size() && read.number(0) == kFirstRootPage + found &&
        read.text(1) == kTables[found]) {
      ++good;
    }
  }
  if (good == kTables.size() && found == good) return {};
  return fail(ErrorCode::Corrupt, "journal_tables_damaged",
              path + " has other tables than a journal has. Restore it from a backup.");
}

class EndOfReading {
 public:
  explicit EndOfReading(sqlite::Statement& statement) : statement_(statement) {}
  ~EndOfReading() { statement_.reset(); }
  EndOfReading(const EndOfReading&) = delete;
  EndOfReading& operator=(const EndOfReading&) = delete;

 private:
  sqlite::Statement& statement_;
};

}  // namespace

Result<void> CommitTable::create(const std::string& path, sqlite::Disk* disk) {
  sqlite::Database database = TRY(sqlite::Database::open(path, file_options({.disk = disk})));
  const int layout = TRY(database.layout());
  if (layout == kLayout) return {};
  if (layout != 0) {
    return fail(ErrorCode::FailedPrecondition, "journal_layout",
                fmt::format("{} has layout {}; this version reads layout {}. Use the version that "
                            "wrote it, or restore a backup.",
                            path, layout, kLayout));
  }
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(database));
  for (const std::string_view table : kTables) TRY(database.execute(std::string(table)));
  if (Result<void> marked = database.set_layout(kLayout); !marked) return marked;
  return transaction.commit();
}

CommitTable::CommitTable(sqlite::Database database, std::vector<sqlite::Statement> statements)
    : database_(std::move(database)), statements_(std::move(statements)) {}

Result<CommitTable> CommitTable::open(const std::string& path, const Options& options) {
  sqlite::Database database = TRY(sqlite::Database::open(path, file_options(options)));
  TRY(check_tables(database, path));
  std::vector<sqlite::Statement> statements;
  for (const std::string_view sql : kStatements) statements.push_back(TRY(database.prepare(sql)));
  return CommitTable(std::move(database), std::move(statements));
}

Result<Epoch> CommitTable::epoch(PartitionId partition) {
  sqlite::Statement& read = statements_[kEpoch].bind(partition.value);
  const bool found = TRY(read.step());
  const Epoch epoch(found ? read.number(0) : 0);
  read.reset();
  return epoch;
}

Result<Epoch> CommitTable::raise_epoch(PartitionId partition) {
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(database_));
  if (Result<void> raised = statements_[kRaise].bind(partition.value).run(); !raised) {
    return std::unexpected(std::move(raised).error());
  }
  const Epoch raised = TRY(epoch(partition));
  if (Result<void> done = transaction.commit(); !done) {
    return std::unexpected(std::move(done).error());
  }
  return raised;
}

Result<Head> CommitTable::head(PartitionId partition) {
  Head head;
  head.epoch = TRY(epoch(partition));
  sqlite::Statement& read = statements_[kHead].bind(row_id(partition, Sequence(0)),
                                                    row_id(partition, Sequence(kSequenceMax)));
  // Whatever is read, the connection must not keep its lock.
  const EndOfReading end(read);
  if (!TRY(read.step())) return head;
  head.sequence = Sequence(read.number(0) & kSequenceMax);
  head.position = Position(read.number(1));
  head.time = Timestamp(Duration(read.integer(2)));
  head.chain = TRY(to_hash(read.blob(3)));
  return head;
}

Result<std::vector<PartitionId>> CommitTable::partitions() {
  std::vector<PartitionId> found;
  sqlite::Statement& read = statements_[kPartitions];
  read.reset();
  while (TRY(read.step())) found.push_back(PartitionId(read.number(0)));
  read.reset();
  return found;
}

Result<void> CommitTable::insert(PartitionId partition, const Commit& commit, const Head& made,
                                 ByteView body) {
  return statements_[kInsert]
      .bind(row_id(partition, commit.sequence), partition.value, commit.first_position.value,
            made.position.value, std::int64_t{commit.time.time_since_epoch().count()},
            made.epoch.value, view_of(made.chain), body)
      .run();
}

Result<std::optional<CommitTable::Row>> CommitTable::row(PartitionId partition, Sequence sequence) {
  sqlite::Statement& read = statements_[kRow].bind(row_id(partition, sequence),
                                                   row_id(partition, Sequence(sequence.value - 1)));
  const EndOfReading end(read);
  if (!TRY(read.step())) return std::nullopt;
  Row row{.before = std::nullopt,
          .sequence = sequence,
          .epoch = Epoch(read.number(0)),
          .chain = TRY(to_hash(read.blob(1))),
          .body = to_bytes(read.blob(2))};
  if (!read.is_null(3)) row.before = TRY(to_hash(read.blob(3)));
  return row;
}

Result<void> CommitTable::remove_from(PartitionId partition, Sequence sequence) {
  sqlite::Statement remove = TRY(database_.prepare("DELETE FROM commits WHERE id BETWEEN ? AND ?"));
  return remove.bind(row_id(partition, sequence), row_id(partition, Sequence(kSequenceMax))).run();
}

Result<std::optional<Sequence>> CommitTable::find_position(PartitionId partition,
                                                           Position position) {
  sqlite::Statement& read = statements_[kFind].bind(partition.value, position.value);
  std::optional<Sequence> found;
  if (TRY(read.step())) found = Sequence(read.number(0) & kSequenceMax);
  read.reset();
  return found;
}

}  // namespace remit::journal
