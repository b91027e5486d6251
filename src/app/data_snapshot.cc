#include "app/data_snapshot.h"

#include "kit/sqlite/copy.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace remit::app {
namespace {

namespace fs = std::filesystem;

Error not_copied(const fs::path& what, const std::string& why) {
  return {ErrorCode::Unavailable,
          "snapshot_failed",
          fmt::format("{} cannot be copied to the directory for temporary files, which TMPDIR "
                      "names: {}. Stop the server, or free some space.",
                      what.string(), why),
          {},
          nullptr};
}

Result<fs::path> make_directory() {
  std::string name = (fs::temp_directory_path() / "remit-snapshot-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return std::unexpected(not_copied(name, "it cannot be made"));
  }
  return fs::path(name);
}

Result<void> copy_database(const fs::path& from, const fs::path& to) {
  if (!fs::exists(from)) return {};
  sqlite::Database source = TRY(sqlite::Database::open(from.string(), {.read_only = true}));
  return sqlite::copy_database(source, to.string(), [](const auto&) { return true; });
}

Result<void> copy_small_file(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  if (!fs::exists(from, failed)) return {};
  fs::copy_file(from, to, failed);
  if (failed) return std::unexpected(not_copied(from, failed.message()));
  return {};
}

Result<void> copy_all(const fs::path& data, const fs::path& copy) {
  fs::create_directory(copy / "read-models");
  fs::create_directory(copy / "journal");
  TRY(copy_small_file(data / "format", copy / "format"));
  TRY(copy_database(data / "flows.db", copy / "flows.db"));
  TRY(copy_database(data / "checkpoints.db", copy / "checkpoints.db"));
  for (const auto& entry : fs::directory_iterator(data / "read-models")) {
    if (entry.path().extension() != ".db") continue;
    TRY(copy_database(entry.path(), copy / "read-models" / entry.path().filename()));
  }
  for (const char* heads : {"heads.jsonl", "heads.1.jsonl", "heads.pub"}) {
    TRY(copy_small_file(data / heads, copy / heads));
  }
  return copy_database(data / "journal" / "journal.db", copy / "journal" / "journal.db");
}

}  // namespace

Result<DataSnapshot> DataSnapshot::take(const fs::path& data) {
  DataSnapshot snapshot(TRY(make_directory()));
  if (auto copied = copy_all(data, snapshot.path_); !copied) {
    return std::unexpected(std::move(copied).error());
  }
  return snapshot;
}

DataSnapshot::DataSnapshot(DataSnapshot&& other) noexcept
    : path_(std::exchange(other.path_, fs::path())) {}

DataSnapshot::~DataSnapshot() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace remit::app
