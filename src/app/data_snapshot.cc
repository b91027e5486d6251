#include "app/data_snapshot.h"

#include "kit/sqlite/copy.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace remit::app {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> not_copied(const fs::path& what, const std::string& why) {
  return fail(ErrorCode::Unavailable, "snapshot_failed",
              fmt::format("{} cannot be copied to the directory for temporary files, which TMPDIR "
                          "names: {}. Stop the server, or free some space.",
                          what.string(), why));
}

Result<fs::path> make_directory() {
  std::string name = (TRY(temporary_directory()) / "remit-snapshot-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return fail(ErrorCode::Unavailable, "snapshot_failed",
                fmt::format("{} cannot be made: {}.", name, std::strerror(errno)));
  }
  return fs::path(name);
}

/// False where there is none.
Result<bool> is_there(const fs::path& file) {
  std::error_code failed;
  const fs::file_type type = fs::status(file, failed).type();
  if (type == fs::file_type::not_found) return false;
  if (type == fs::file_type::none) return not_copied(file, failed.message());
  return true;
}

Result<void> make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (!failed) return {};
  return fail(ErrorCode::Unavailable, "snapshot_failed",
              fmt::format("{} cannot be made: {}.", folder.string(), failed.message()));
}

Result<void> copy_database(const fs::path& from, const fs::path& to) {
  if (!TRY(is_there(from))) return {};
  sqlite::Database source = TRY(sqlite::Database::open(from.string(), {.read_only = true}));
  return sqlite::copy_database(source, to.string(), [](const auto&) { return true; });
}

Result<void> copy_small_file(const fs::path& from, const fs::path& to) {
  if (!TRY(is_there(from))) return {};
  std::error_code failed;
  fs::copy_file(from, to, failed);
  if (failed) return not_copied(from, failed.message());
  return {};
}

Result<void> copy_read_models(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::directory_iterator entry(from, failed);
  while (!failed && entry != fs::directory_iterator()) {
    const fs::path& file = entry->path();
    if (file.extension() == ".db") TRY(copy_database(file, to / file.filename()));
    entry.increment(failed);
  }
  if (failed) return not_copied(from, failed.message());
  return {};
}

Result<void> copy_all(const fs::path& data, const fs::path& copy) {
  TRY(make_folder(copy / "read-models"));
  TRY(make_folder(copy / "journal"));
  TRY(copy_small_file(data / "format", copy / "format"));
  TRY(copy_database(data / "flows.db", copy / "flows.db"));
  TRY(copy_database(data / "checkpoints.db", copy / "checkpoints.db"));
  TRY(copy_read_models(data / "read-models", copy / "read-models"));
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

Result<fs::path> temporary_directory() {
  std::error_code failed;
  fs::path directory = fs::temp_directory_path(failed);
  if (!failed) return directory;
  return fail(ErrorCode::Unavailable, "snapshot_failed",
              fmt::format("The directory for temporary files, which TMPDIR names, cannot be used: "
                          "{}.",
                          failed.message()));
}

}  // namespace remit::app
