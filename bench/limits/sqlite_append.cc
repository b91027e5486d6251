// usage: sqlite_append FILE COMMITS
// Bare SQLite in WAL mode with synchronous=FULL: transactions of 1,000 rows of 256 bytes. Prints rows per second.
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

void check(int code, int expected, sqlite3* database) {
  if (code == expected) return;
  std::fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(database));
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  constexpr int kRows = 1000;
  const int commits = std::atoi(argv[2]);
  sqlite3* database = nullptr;
  check(sqlite3_open(argv[1], &database), SQLITE_OK, database);
  check(
      sqlite3_exec(database,
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                   "CREATE TABLE events (position INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
                   nullptr, nullptr, nullptr),
      SQLITE_OK, database);
  sqlite3_stmt* insert = nullptr;
  check(sqlite3_prepare_v2(database, "INSERT INTO events (body) VALUES (?)", -1, &insert, nullptr),
        SQLITE_OK, database);
  std::string row(256, 'x');
  const auto begun = std::chrono::steady_clock::now();
  for (int commit = 0; commit < commits; ++commit) {
    check(sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK,
          database);
    for (int i = 0; i < kRows; ++i) {
      row[static_cast<std::size_t>(i % 256)] = static_cast<char>('a' + i % 26);
      sqlite3_bind_blob(insert, 1, row.data(), static_cast<int>(row.size()), SQLITE_STATIC);
      check(sqlite3_step(insert), SQLITE_DONE, database);
      sqlite3_reset(insert);
    }
    check(sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK, database);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf("%.1f\n", commits * kRows / took.count());
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return 0;
}
