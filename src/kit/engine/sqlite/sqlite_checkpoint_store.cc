#include "kit/engine/sqlite/sqlite_checkpoint_store.h"

#include "kit/base/check.h"
#include "kit/engine/checkpoint_overtaken.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remit::engine {
namespace {

constexpr int kLayout = 1;
constexpr std::uint32_t kApplicationId = 0x524D5443;  // "RMTC"

constexpr const char* kSchema = R"(
  CREATE TABLE IF NOT EXISTS marks (
    partition INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, position INTEGER NOT NULL,
    time_us INTEGER NOT NULL, chain BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS entities (
    partition INTEGER NOT NULL, prefix TEXT NOT NULL, uuid BLOB NOT NULL,
    version INTEGER NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (partition, prefix, uuid)) WITHOUT ROWID;
)";

ByteView uuid_of(const TypeId& id) {
  return std::as_bytes(std::span(id.uuid()));
}

TypeId id_of(std::string_view prefix, ByteView uuid) {
  TypeId::Uuid raw{};
  CHECK(uuid.size() == raw.size(), "an id of {} bytes", uuid.size());
  std::ranges::copy(uuid, reinterpret_cast<std::byte*>(raw.data()));
  return TypeId(prefix, raw);
}

sqlite::OpenOptions open_options(sqlite::Disk* disk) {
  return {.durability = sqlite::Durability::Normal, .application_id = kApplicationId, .disk = disk};
}

}  // namespace

Result<std::unique_ptr<SqliteCheckpointStore>> SqliteCheckpointStore::open(const std::string& path,
                                                                           sqlite::Disk* disk) {
  Writer writer = TRY(open_writer(path, disk));
  Reader reader = TRY(open_reader(path, disk));
  return std::unique_ptr<SqliteCheckpointStore>(
      new SqliteCheckpointStore(std::move(writer), std::move(reader)));
}

Result<SqliteCheckpointStore::Writer> SqliteCheckpointStore::open_writer(const std::string& path,
                                                                         sqlite::Disk* disk) {
  auto database = TRY(sqlite::Database::open(path, open_options(disk)));
  const int layout = TRY(database.layout());
  if (layout > kLayout) {
    return fail(
        ErrorCode::Unsupported, "checkpoints_too_new",
        fmt::format("{} was written by a newer version; remove it, it will be made again.", path));
  }
  if (auto made = database.execute(kSchema); !made) return std::unexpected(made.error());
  if (auto set = database.set_layout(kLayout); !set) return std::unexpected(set.error());
  auto put = TRY(database.prepare("INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?, ?)"));
  auto remove =
      TRY(database.prepare("DELETE FROM entities WHERE partition = ? AND prefix = ? AND uuid = ?"));
  auto find_mark =
      TRY(database.prepare("SELECT sequence FROM marks WHERE partition = ? AND sequence > ?"));
  auto put_mark = TRY(database.prepare("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?)"));
  auto remove_mark = TRY(database.prepare("DELETE FROM marks WHERE partition = ?"));
  auto remove_all = TRY(database.prepare("DELETE FROM entities WHERE partition = ?"));
  return Writer{std::move(database),  std::move(put),      std::move(remove),
                std::move(find_mark), std::move(put_mark), std::move(remove_mark),
                std::move(remove_all)};
}

Result<SqliteCheckpointStore::Reader> SqliteCheckpointStore::open_reader(const std::string& path,
                                                                         sqlite::Disk* disk) {
  auto options = open_options(disk);
  options.read_only = true;
  auto database = TRY(sqlite::Database::open(path, options));
  auto mark = TRY(
      database.prepare("SELECT sequence, position, time_us, chain FROM marks WHERE partition = ?"));
  auto load = TRY(database.prepare(
      "SELECT version, state FROM entities WHERE partition = ? AND prefix = ? AND uuid = ?"));
  auto scan = TRY(database.prepare(
      "SELECT uuid, version, state FROM entities WHERE partition = ? AND prefix = ? AND uuid > ? "
      "ORDER BY uuid LIMIT ?"));
  return Reader{std::move(database), std::move(mark), std::move(load), std::move(scan)};
}

Result<CheckpointMark> SqliteCheckpointStore::latest(journal::PartitionId partition) {
  const std::lock_guard lock(read_mutex_);
  sqlite::Statement& query = reader_.mark.bind(partition.value);
  CheckpointMark mark;
  if (TRY(query.step())) {
    mark.sequence = journal::Sequence(query.number(0));
    mark.position = journal::Position(query.number(1));
    mark.time = Timestamp(Duration(query.integer(2)));
    const ByteView chain = query.blob(3);
    CHECK(chain.size() == mark.chain.size(), "a chain of {} bytes", chain.size());
    std::ranges::copy(chain, mark.chain.begin());
  }
  query.reset();
  return mark;
}

Result<std::optional<StoredEntity>> SqliteCheckpointStore::load(journal::PartitionId partition,
                                                                const TypeId& id) {
  const std::lock_guard lock(read_mutex_);
  sqlite::Statement& query = reader_.load.bind(partition.value, id.prefix(), uuid_of(id));
  std::optional<StoredEntity> found;
  if (TRY(query.step()))
    found = StoredEntity{id, journal::Version(query.number(0)), to_bytes(query.blob(1))};
  query.reset();
  return found;
}

Result<void> SqliteCheckpointStore::write(journal::PartitionId partition,
                                          const StoredEntity& entity) {
  const std::string_view prefix = entity.id.prefix();
  if (!entity.state) {
    return writer_.remove.bind(partition.value, prefix, uuid_of(entity.id)).run();
  }
  return writer_.put
      .bind(partition.value, prefix, uuid_of(entity.id), entity.version.value, *entity.state)
      .run();
}

Result<void> SqliteCheckpointStore::save(journal::PartitionId partition, const CheckpointMark& mark,
                                         const std::vector<StoredEntity>& changed) {
  const std::lock_guard lock(write_mutex_);
  auto transaction = TRY(sqlite::Transaction::begin(writer_.database));
  const bool moved = TRY(writer_.find_mark.bind(partition.value, mark.sequence.value).step());
  const journal::Sequence newer(moved ? writer_.find_mark.number(0) : 0);
  writer_.find_mark.reset();
  if (moved) return checkpoint_overtaken(mark, newer);
  for (const StoredEntity& entity : changed) {
    if (auto written = write(partition, entity); !written) return written;
  }
  auto marked = writer_.put_mark
                    .bind(partition.value, mark.sequence.value, mark.position.value,
                          std::int64_t{mark.time.time_since_epoch().count()}, view_of(mark.chain))
                    .run();
  if (!marked) return marked;
  return transaction.commit();
}

Result<std::vector<StoredEntity>> SqliteCheckpointStore::scan(journal::PartitionId partition,
                                                              std::string_view prefix,
                                                              const TypeId& after,
                                                              std::size_t count_max) {
  const std::lock_guard lock(read_mutex_);
  // Before the first one: no bytes at all come before any uuid.
  const ByteView from = after.prefix() == prefix ? uuid_of(after) : ByteView();
  sqlite::Statement& query =
      reader_.scan.bind(partition.value, prefix, from, std::uint64_t{count_max});
  std::vector<StoredEntity> page;
  while (TRY(query.step())) {
    page.push_back(
        {id_of(prefix, query.blob(0)), journal::Version(query.number(1)), to_bytes(query.blob(2))});
  }
  query.reset();
  return page;
}

Result<void> SqliteCheckpointStore::clear(journal::PartitionId partition) {
  const std::lock_guard lock(write_mutex_);
  auto transaction = TRY(sqlite::Transaction::begin(writer_.database));
  if (auto done = writer_.remove_mark.bind(partition.value).run(); !done) return done;
  if (auto done = writer_.remove_all.bind(partition.value).run(); !done) return done;
  return transaction.commit();
}

}  // namespace remit::engine
