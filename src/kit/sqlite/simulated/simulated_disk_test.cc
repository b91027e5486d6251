#include "kit/sqlite/simulated/simulated_disk.h"

#include "kit/sqlite/database.h"

#include <gtest/gtest.h>

namespace remit::sqlite {
namespace {

constexpr auto kPath = "/data/things.db";

/// Says yes to the call of that kind that comes after `before` others.
auto at_call(DiskCallKind kind, std::uint64_t before, DiskFault fault, bool sticky = false) {
  return [=, seen = std::uint64_t{0}](const DiskCall& call) mutable {
    if (call.kind != kind) return DiskFault::None;
    const std::uint64_t number = seen++;
    return number == before || (sticky && number > before) ? fault : DiskFault::None;
  };
}

Database open(SimulatedDisk& disk, const OpenOptions& options = {}) {
  OpenOptions with_disk = options;
  with_disk.disk = &disk;
  auto opened = Database::open(kPath, with_disk);
  EXPECT_TRUE(opened) << opened.error().describe();
  return std::move(*opened);
}

void make_table(SimulatedDisk& disk) {
  Database database = open(disk);
  ASSERT_TRUE(database.execute("CREATE TABLE things(id INTEGER PRIMARY KEY, name TEXT)"));
  ASSERT_TRUE(disk.sync_folder_of(kPath));
}

Result<void> insert(Database& database, std::string_view name) {
  Statement write = TRY(database.prepare("INSERT INTO things(name) VALUES(?)"));
  return write.bind(name).run();
}

std::string things(Database& database) {
  auto read = database.prepare("SELECT coalesce(group_concat(name, ''), '') FROM things");
  EXPECT_TRUE(read) << read.error().describe();
  const auto row = read->step();
  EXPECT_TRUE(row) << row.error().describe();
  return read->text(0);
}

TEST(SimulatedDisk, BehavesUnderSqliteAsADiskDoes) {
  SimulatedDisk disk(1);
  make_table(disk);
  Database writer = open(disk);
  Database reader = open(disk, {.read_only = true});
  {
    auto transaction = *Transaction::begin(writer);
    ASSERT_TRUE(insert(writer, "a"));
    EXPECT_EQ(things(reader), "");
    Database second = open(disk);
    EXPECT_EQ(Transaction::begin(second).error().reason, "database_busy");
    ASSERT_TRUE(transaction.commit());
  }
  EXPECT_EQ(things(reader), "a");
  EXPECT_EQ(Database::open("/data/none.db", {.read_only = true, .disk = &disk}).error().reason,
            "database_not_accessible");
}

TEST(SimulatedDisk, ACommitThatWasSyncedOutlivesEveryPowerCut) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedDisk disk(seed);
    make_table(disk);
    {
      Database database = open(disk);
      ASSERT_TRUE(insert(database, "a"));
      ASSERT_TRUE(insert(database, "b"));
      disk.set_faults(at_call(DiskCallKind::Sync, 0, DiskFault::Stop));
      ASSERT_FALSE(insert(database, "c"));
    }
    disk.set_faults(nullptr);
    disk.restart(true);
    Database database = open(disk);
    const std::string found = things(database);
    ASSERT_TRUE(found == "ab" || found == "abc") << found;
    lost += found == "ab" ? 1 : 0;
  }
  EXPECT_GT(lost, 50);
  EXPECT_LT(lost, 200);
}

TEST(SimulatedDisk, ACommitThatWasNotSyncedOutlivesTheProcessOnly) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimulatedDisk disk(seed);
    make_table(disk);
    {
      Database database = open(disk, {.durability = Durability::Normal});
      ASSERT_TRUE(insert(database, "a"));
      disk.stop();
      EXPECT_FALSE(insert(database, "b"));
    }
    disk.restart(false);
    {
      Database database = open(disk, {.durability = Durability::Normal});
      ASSERT_EQ(things(database), "a");
      ASSERT_TRUE(insert(database, "c"));
      disk.stop();
    }
    disk.restart(true);
    Database database = open(disk, {.durability = Durability::Normal});
    lost += things(database) == "ac" ? 0 : 1;
  }
  EXPECT_GT(lost, 20);
  EXPECT_LT(lost, 100);
}

TEST(SimulatedDisk, ANewFileIsGoneUnlessItsFolderWasSynced) {
  int gone = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    DiskImage image;
    const DiskImage::Inode file = image.create("/data/file");
    image.write(file, 0, as_bytes("content"));
    image.sync(file);
    DiskImage synced = image;
    synced.sync_folder("/data");
    SeededRandom random(seed);
    image.power_cut(random);
    gone += image.find("/data/file") ? 0 : 1;
    synced.power_cut(random);
    ASSERT_TRUE(synced.find("/data/file"));
    EXPECT_EQ(as_text(synced.content(*synced.find("/data/file"))), "content");
  }
  EXPECT_GT(gone, 20);
  EXPECT_LT(gone, 80);
}

TEST(SimulatedDisk, WritesAreTornBetweenSectorsOnly) {
  constexpr std::size_t kBytes = 10 * DiskImage::kSectorBytes;
  int torn = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    DiskImage image;
    const DiskImage::Inode file = image.create("/data/file");
    image.sync_folder("/data");
    image.write(file, 0, Bytes(kBytes, std::byte{1}));
    image.sync(file);
    image.write(file, 100, Bytes(kBytes - 200, std::byte{2}));
    SeededRandom random(seed);
    image.power_cut(random);
    const Bytes& found = image.content(file);
    ASSERT_EQ(found.size(), kBytes);
    bool old = false;
    bool fresh = false;
    for (std::size_t at = 100; at < kBytes - 100; ++at) {
      if (at % DiskImage::kSectorBytes != 0 && at != 100) {
        ASSERT_EQ(found[at], found[at - 1]) << at;
      }
      (found[at] == std::byte{1} ? old : fresh) = true;
    }
    ASSERT_TRUE(std::all_of(found.begin(), found.begin() + 100,
                            [](std::byte byte) { return byte == std::byte{1}; }));
    torn += old && fresh ? 1 : 0;
  }
  EXPECT_GT(torn, 20);
}

TEST(SimulatedDisk, AFailedSyncIsNotMendedByTheNextOne) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    DiskImage image;
    const DiskImage::Inode file = image.create("/data/file");
    image.sync_folder("/data");
    image.write(file, 0, as_bytes("content"));
    SeededRandom random(seed);
    image.fail_sync(file, random);
    EXPECT_EQ(as_text(image.content(file)), "content") << "programs read it all the same";
    image.sync(file);
    image.power_cut(random);
    lost += as_text(image.content(file)) == "content" ? 0 : 1;
  }
  EXPECT_GT(lost, 20);
  EXPECT_LT(lost, 80);
}

TEST(SimulatedDisk, EveryKindOfCallFailsWhereItIsTold) {
  const auto error_of = [](DiskCallKind kind, DiskFault fault) {
    SimulatedDisk disk(1);
    make_table(disk);
    Database database = open(disk);
    disk.set_faults(at_call(kind, 0, fault));
    const Result<void> written = insert(database, "a");
    disk.set_faults(nullptr);
    EXPECT_EQ(things(database), written ? "a" : "");
    return written ? std::string() : written.error().reason;
  };
  EXPECT_EQ(error_of(DiskCallKind::Write, DiskFault::InputOutputError), "disk_error");
  EXPECT_EQ(error_of(DiskCallKind::Write, DiskFault::ShortWrite), "disk_error");
  EXPECT_EQ(error_of(DiskCallKind::Write, DiskFault::NoSpace), "disk_full");
  EXPECT_EQ(error_of(DiskCallKind::Sync, DiskFault::InputOutputError), "disk_error");
  EXPECT_EQ(error_of(DiskCallKind::Sync, DiskFault::NoSpace), "disk_error");

  SimulatedDisk disk(1);
  disk.set_faults(at_call(DiskCallKind::Open, 0, DiskFault::InputOutputError));
  EXPECT_EQ(Database::open(kPath, {.disk = &disk}).error().reason, "database_not_accessible");
  disk.set_faults(at_call(DiskCallKind::SyncFolder, 0, DiskFault::InputOutputError));
  EXPECT_EQ(disk.sync_folder_of(kPath).error().reason, "disk_error");
}

TEST(SimulatedDisk, AFullDiskHasRoomAgain) {
  SimulatedDisk disk(1);
  make_table(disk);
  Database database = open(disk);
  ASSERT_TRUE(insert(database, "a"));
  disk.set_capacity(disk.image().bytes_used() + 10'000);
  EXPECT_EQ(insert(database, std::string(100'000, 'x')).error().reason, "disk_full");
  disk.set_capacity(1'000'000);
  EXPECT_TRUE(insert(database, "b"));
  EXPECT_EQ(things(database), "ab");
}

TEST(SimulatedDisk, AFlippedBitIsRead) {
  DiskImage image;
  image.write(image.create("/data/file"), 0, as_bytes("a"));
  image.flip("/data/file", 1);
  EXPECT_EQ(as_text(image.content(*image.find("/data/file"))), "c");
}

TEST(SimulatedDisk, ADatabaseThatIsRemovedBeginsAnew) {
  SimulatedDisk disk(1);
  make_table(disk);
  {
    Database database = open(disk);
    ASSERT_TRUE(insert(database, "a"));
    // Its WAL stays behind, as behind a crash.
    disk.stop();
  }
  disk.restart(false);
  const std::string wal = std::string(kPath) + "-wal";
  ASSERT_NE(disk.image().find(wal), std::nullopt);
  disk.remove_database(kPath);
  EXPECT_EQ(disk.image().find(kPath), std::nullopt);
  EXPECT_EQ(disk.image().find(wal), std::nullopt);
  make_table(disk);
  Database database = open(disk);
  EXPECT_EQ(things(database), "");
}

}  // namespace
}  // namespace remit::sqlite
