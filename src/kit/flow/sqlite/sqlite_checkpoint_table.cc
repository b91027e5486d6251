#include "kit/flow/sqlite/sqlite_checkpoint_table.h"

#include <fmt/format.h>

#include <utility>

namespace remit::flow {
namespace {

constexpr int kLayout = 1;
constexpr std::uint32_t kApplicationId = 0x524D5446;  // "RMTF"

constexpr const char* kSchema = R"(
  CREATE TABLE IF NOT EXISTS checkpoints (
    flow TEXT PRIMARY KEY, cursor INTEGER NOT NULL, starts INTEGER NOT NULL,
    suspect INTEGER NOT NULL, suspect_starts INTEGER NOT NULL) WITHOUT ROWID;
)";

}  // namespace

SqliteCheckpointTable::SqliteCheckpointTable(sqlite::Database database, sqlite::Statement get,
                                             sqlite::Statement put)
    : database_(std::move(database)), get_(std::move(get)), put_(std::move(put)) {}

Result<std::unique_ptr<SqliteCheckpointTable>> SqliteCheckpointTable::open(const std::string& path,
                                                                           sqlite::Disk* disk) {
  auto database = TRY(sqlite::Database::open(
      path,
      {.durability = sqlite::Durability::Normal, .application_id = kApplicationId, .disk = disk}));
  const int layout = TRY(database.layout());
  if (layout > kLayout) {
    // Unlike the engine's checkpoints these cannot be made again: without them all effects are considered anew.
    return fail(ErrorCode::Unsupported, "flow_checkpoints_too_new",
                fmt::format("{} was written by a newer version; run that version.", path));
  }
  if (auto made = database.execute(kSchema); !made) return std::unexpected(made.error());
  if (auto set = database.set_layout(kLayout); !set) return std::unexpected(set.error());
  auto get = TRY(database.prepare(
      "SELECT cursor, starts, suspect, suspect_starts FROM checkpoints WHERE flow = ?"));
  auto put = TRY(database.prepare("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?)"));
  return std::unique_ptr<SqliteCheckpointTable>(
      new SqliteCheckpointTable(std::move(database), std::move(get), std::move(put)));
}

Result<Checkpoint> SqliteCheckpointTable::load(std::string_view flow) {
  const std::lock_guard lock(mutex_);
  sqlite::Statement& query = get_.bind(flow);
  Checkpoint checkpoint;
  if (TRY(query.step())) {
    checkpoint.cursor = Cursor(query.number(0));
    checkpoint.starts = static_cast<std::uint32_t>(query.number(1));
    checkpoint.suspect = Cursor(query.number(2));
    checkpoint.suspect_starts = static_cast<std::uint32_t>(query.number(3));
  }
  query.reset();
  return checkpoint;
}

Result<void> SqliteCheckpointTable::save(std::string_view flow, const Checkpoint& checkpoint) {
  const std::lock_guard lock(mutex_);
  return put_
      .bind(flow, checkpoint.cursor.value, checkpoint.starts, checkpoint.suspect.value,
            checkpoint.suspect_starts)
      .run();
}

}  // namespace remit::flow
