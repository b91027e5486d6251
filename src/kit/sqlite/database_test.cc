#include "kit/sqlite/database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace remit::sqlite {
namespace {

constexpr std::uint32_t kMark = 0x54455354;

class SqliteDatabase : public testing::Test {
 protected:
  SqliteDatabase() {
    folder_ = std::filesystem::temp_directory_path() /
              ("remit-sqlite-" + std::to_string(static_cast<long>(::getpid())));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~SqliteDatabase() override { std::filesystem::remove_all(folder_); }

  /// How many are prepared, idle or not.
  static int statements(const Database& database) {
    int count = 0;
    for (sqlite3_stmt* one = nullptr; (one = sqlite3_next_stmt(database.raw(), one)) != nullptr;) {
      ++count;
    }
    return count;
  }
  std::string path() const { return (folder_ / "file.db").string(); }
  Database open(const OpenOptions& options = {}) {
    auto opened = Database::open(path(), options);
    EXPECT_TRUE(opened) << opened.error().describe();
    return std::move(*opened);
  }
  static std::string text_of(Database& database, std::string_view sql) {
    auto read = database.prepare(sql);
    EXPECT_TRUE(read) << read.error().describe();
    EXPECT_TRUE(*read->step());
    return read->text(0);
  }
  static Database with_table(Database database) {
    EXPECT_TRUE(database.execute("CREATE TABLE things(id INTEGER PRIMARY KEY, name TEXT UNIQUE)"));
    return database;
  }
  static std::string things(Database& database) {
    return text_of(database, "SELECT coalesce(group_concat(name), '') FROM things");
  }

  std::filesystem::path folder_;
};

TEST_F(SqliteDatabase, WhatIsAskedForAtOpeningIsInForce) {
  Database truth = open({.durability = Durability::Full, .page_bytes = 16'384, .cache_kib = 1000});
  EXPECT_EQ(text_of(truth, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(text_of(truth, "PRAGMA synchronous"), "2");
  EXPECT_EQ(text_of(truth, "PRAGMA cache_size"), "-1000");
  EXPECT_EQ(text_of(truth, "PRAGMA page_size"), "16384");
  Database derived = open({.durability = Durability::Normal});
  EXPECT_EQ(text_of(derived, "PRAGMA synchronous"), "1");
  EXPECT_EQ(text_of(derived, "PRAGMA page_size"), "16384") << "set when the file was made";
}

TEST_F(SqliteDatabase, AFileIsMarkedAsOursAndOthersAreRefused) {
  open({.application_id = kMark});
  EXPECT_TRUE(Database::open(path(), {.application_id = kMark}));
  {
    with_table(open({.application_id = kMark}));
  }
  EXPECT_TRUE(Database::open(path(), {.application_id = kMark}));
  const auto other = Database::open(path(), {.application_id = kMark + 1});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::FailedPrecondition);
  EXPECT_EQ(other.error().reason, "wrong_file");
  EXPECT_TRUE(Database::open(path(), {})) << "nothing asked, nothing checked";
}

TEST_F(SqliteDatabase, OpeningFailsWithWhatIsWrong) {
  const auto missing = Database::open((folder_ / "no" / "file.db").string(), {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::FailedPrecondition);
  EXPECT_EQ(missing.error().reason, "database_not_accessible");
  EXPECT_NE(missing.error().message.find("file.db"), std::string::npos) << "names the file";

  EXPECT_EQ(Database::open(path(), {.read_only = true}).error().reason, "database_not_accessible");
  EXPECT_FALSE(std::filesystem::exists(path())) << "reading makes no file";

  std::ofstream(path()) << std::string(4096, 'x');
  const auto rubbish = Database::open(path(), {});
  ASSERT_FALSE(rubbish);
  EXPECT_EQ(rubbish.error().code, ErrorCode::Corrupt);
  EXPECT_EQ(rubbish.error().reason, "database_corrupt");
}

TEST_F(SqliteDatabase, AReaderMayNotWrite) {
  {
    with_table(open());
  }
  Database reader = open({.read_only = true});
  const auto written = reader.execute("INSERT INTO things(name) VALUES('a')");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::FailedPrecondition);
}

/// Where a file cannot be opened for writing SQLite opens it for reading and says nothing. A "mode" of the URI has it do so
/// also for whoever may write everything.
TEST_F(SqliteDatabase, WhatIsOpenedForWritingCanBeWrittenOrIsNotOpened) {
  {
    with_table(open());
  }
  const std::string uri = "file:" + path() + "?mode=ro";
  const auto writer = Database::open(uri, {});
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::FailedPrecondition);
  EXPECT_EQ(writer.error().reason, "database_not_accessible");
  EXPECT_TRUE(Database::open(uri, {.read_only = true}));
}

TEST_F(SqliteDatabase, EveryKindOfParameterComesBack) {
  Database database = open();
  ASSERT_TRUE(database.execute("CREATE TABLE kinds(a, b, c, d, e, f, g, h, i)"));
  auto write = *database.prepare("INSERT INTO kinds VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const Bytes blob = {std::byte{0}, std::byte{255}};
  const std::string text("a\0b", 3);
  ASSERT_TRUE(write
                  .bind(std::int64_t{-5}, ~std::uint64_t{0}, true, "word", text, blob, Bytes{},
                        std::optional<int>(), std::optional<int>(7))
                  .run());
  auto read = *database.prepare("SELECT * FROM kinds");
  ASSERT_TRUE(*read.step());
  EXPECT_EQ(read.integer(0), -5);
  EXPECT_EQ(read.number(1), ~std::uint64_t{0});
  EXPECT_EQ(read.integer(2), 1);
  EXPECT_EQ(read.text(3), "word");
  EXPECT_EQ(read.text(4), text);
  EXPECT_EQ(to_bytes(read.blob(5)), blob);
  EXPECT_TRUE(read.blob(6).empty());
  EXPECT_FALSE(read.is_null(6)) << "no bytes is not nothing";
  EXPECT_TRUE(read.is_null(7));
  EXPECT_EQ(read.text(7), "");
  EXPECT_EQ(read.integer(8), 7);
  EXPECT_FALSE(*read.step());
}

TEST_F(SqliteDatabase, AStatementIsUsedAgainAfterSuccessAndFailure) {
  Database database = with_table(open());
  auto write = *database.prepare("INSERT INTO things(name) VALUES(?)");
  ASSERT_TRUE(write.bind("a").run());
  const auto twice = write.bind("a").run();
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::Internal);
  EXPECT_NE(twice.error().message.find("INSERT INTO things"), std::string::npos) << "names the SQL";
  ASSERT_TRUE(write.bind("b").run());
  EXPECT_EQ(things(database), "a,b");
  EXPECT_EQ(database.prepare("SELECT nonsense FROM things").error().reason, "database_error");
  EXPECT_EQ(database.execute("NOT SQL").error().reason, "database_error");
}

TEST_F(SqliteDatabase, ATransactionCommitsOrRollsBack) {
  Database database = with_table(open());
  {
    auto transaction = *Transaction::begin(database);
    ASSERT_TRUE(database.execute("INSERT INTO things(name) VALUES('kept')"));
    ASSERT_TRUE(transaction.commit());
    EXPECT_DEATH((void)transaction.commit(), "committed twice");
  }
  {
    const auto dropped = *Transaction::begin(database);
    ASSERT_TRUE(database.execute("INSERT INTO things(name) VALUES('dropped')"));
    EXPECT_EQ(things(database), "kept,dropped");
  }
  EXPECT_EQ(things(database), "kept");
  EXPECT_TRUE(Transaction::begin(database)) << "none is open";
}

TEST_F(SqliteDatabase, AReaderSeesWhatWasCommittedWhileAWriterIsAtWork) {
  Database writer = with_table(open());
  Database reader = open({.read_only = true});
  auto transaction = *Transaction::begin(writer);
  ASSERT_TRUE(writer.execute("INSERT INTO things(name) VALUES('a')"));
  EXPECT_EQ(things(reader), "");
  ASSERT_TRUE(transaction.commit());
  EXPECT_EQ(things(reader), "a");
}

TEST_F(SqliteDatabase, ASecondWriterIsToldThatTheFileIsBusy) {
  Database first = with_table(open());
  Database second = open();
  sqlite3_busy_timeout(second.raw(), 20);
  {
    const auto held = *Transaction::begin(first);
    const auto refused = Transaction::begin(second);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(refused.error().reason, "database_busy");
    EXPECT_TRUE(refused.error().transient());
  }
  EXPECT_TRUE(Transaction::begin(second));
}

TEST_F(SqliteDatabase, AFullFileRefusesAndRollsBack) {
  Database database = with_table(open());
  ASSERT_TRUE(database.execute("PRAGMA max_page_count=8"));
  {
    const auto transaction = *Transaction::begin(database);
    ASSERT_TRUE(database.execute("INSERT INTO things(name) VALUES('small')"));
    const auto full = database.execute("INSERT INTO things(name) VALUES(zeroblob(100000))");
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(full.error().reason, "disk_full");
  }
  EXPECT_EQ(things(database), "");
}

/// EIO and ERANGE tell a disk that cannot be read from damage, but only if it was SQLite's call that met them.
TEST_F(SqliteDatabase, DamageIsDamageWhateverAnotherCallLeftInErrno) {
  {
    Database database = with_table(open());
    ASSERT_TRUE(database.execute("INSERT INTO things(name) VALUES('a')"));
  }
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);  // The second page is the table's.
    file << std::string(4096, '\xFF');
  }
  Database database = open();
  auto read = *database.prepare("SELECT name FROM things NOT INDEXED");
  for (const int left : {0, EIO, ENXIO, ERANGE}) {
    errno = left;
    const auto stepped = read.step();
    ASSERT_FALSE(stepped);
    EXPECT_EQ(stepped.error().code, ErrorCode::Corrupt) << left;
    errno = left;
    const auto executed = database.execute("SELECT name FROM things NOT INDEXED");
    ASSERT_FALSE(executed);
    EXPECT_EQ(executed.error().reason, "database_corrupt") << left;
  }
}

TEST_F(SqliteDatabase, AStatementThatEndsAmongItsRowsHoldsNoLockAndRemembersNothing) {
  Database database = with_table(open());
  ASSERT_TRUE(database.execute("INSERT INTO things(name) VALUES('a'), ('b')"));
  constexpr std::string_view kSql = "SELECT name, ?1 FROM things ORDER BY name";
  {
    auto rows = *database.prepare(kSql);
    rows.bind("bound");
    ASSERT_TRUE(*rows.step());
    EXPECT_EQ(rows.text(1), "bound");
  }
  Database other = open();
  {
    auto moved = *other.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
    ASSERT_TRUE(*moved.step());
    EXPECT_EQ(moved.integer(0), 0) << "a reader is in its way";
  }
  ASSERT_TRUE(database.execute("CREATE TABLE more(id INTEGER)"));
  const int prepared = statements(database);
  auto again = *database.prepare(kSql);
  EXPECT_EQ(statements(database), prepared);
  ASSERT_TRUE(*again.step());
  EXPECT_EQ(again.text(0), "a");
  EXPECT_TRUE(again.is_null(1));
}

TEST_F(SqliteDatabase, TwoOfOneSqlAtATimeAreTwo) {
  Database database = with_table(open());
  ASSERT_TRUE(database.execute("INSERT INTO things(name) VALUES('a'), ('b')"));
  for (int times = 0; times < 2; ++times) {
    auto outer = *database.prepare("SELECT name FROM things");
    auto inner = *database.prepare("SELECT name FROM things");
    ASSERT_TRUE(*outer.step());
    ASSERT_TRUE(*inner.step());
    ASSERT_TRUE(*inner.step());
    EXPECT_EQ(outer.text(0), "a");
    EXPECT_EQ(inner.text(0), "b");
  }
}

TEST_F(SqliteDatabase, AStatementThatOutlivesItsDatabaseIsHarmless) {
  std::optional<Statement> left;
  {
    Database database = with_table(open());
    left.emplace(*database.prepare("SELECT name FROM things"));
  }
  left.reset();
  EXPECT_TRUE(open().execute("DROP TABLE things"));
}

TEST_F(SqliteDatabase, TheNumberOfTheLayoutIsKept) {
  {
    Database database = open();
    EXPECT_EQ(*database.layout(), 0);
    ASSERT_TRUE(database.set_layout(3));
  }
  Database again = open();
  EXPECT_EQ(*again.layout(), 3);
}

}  // namespace
}  // namespace remit::sqlite
