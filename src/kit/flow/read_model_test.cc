#include "kit/flow/read_model.h"

#include "kit/engine/engine_world_test.h"
#include "kit/sqlite/simulated/simulated_disk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

namespace remit::flow {
namespace {

using engine::World;
using engine::tally::Account;
using engine::tally::Give;
using engine::tally::OpenAccount;

/// Accounts by balance.
class BalanceTable final : public ReadTables {
 public:
  std::string_view schema() const override {
    return "CREATE TABLE balances (id TEXT PRIMARY KEY, balance INTEGER NOT NULL) STRICT;\n";
  }
  Result<void> open(sqlite::Database& database) override {
    store_ = TRY(database.prepare("INSERT OR REPLACE INTO balances VALUES (?, ?)"));
    return {};
  }
  void close() override { store_.reset(); }
  Result<void> changed(const Record&, const TypeId& id, const void* state) override {
    if (id.prefix() != Account::kPrefix) return {};
    return store_->bind(id.to_string(), static_cast<const Account*>(state)->balance).run();
  }

 private:
  std::optional<sqlite::Statement> store_;
};

class ReadModelTest : public testing::Test {
 protected:
  ReadModelTest() {
    path_ = (std::filesystem::temp_directory_path() /
             fmt::format("remit-read-model-{}.db", static_cast<long>(::getpid())))
                .string();
    remove_files();
  }
  ~ReadModelTest() override {
    model_.reset();
    remove_files();
  }
  void remove_files() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }
  void open(std::vector<std::string> kept = {"acc", "ctr"}) {
    model_.reset();
    std::vector<std::unique_ptr<ReadTables>> tables;
    tables.push_back(std::make_unique<BalanceTable>());
    auto opened = ReadModel::open(world_.registry, {path_, std::move(kept)}, std::move(tables));
    ASSERT_TRUE(opened) << opened.error().describe();
    model_ = *std::move(opened);
  }
  /// Takes in what is new, `batch` records at a time.
  void follow(std::size_t batch) {
    JournalSource source(world_.store, World::kPartition);
    while (true) {
      const Cursor from = *model_->checkpoint();
      const auto records = *source.read(from, {.events_max = batch});
      if (records.empty()) return;
      const auto applied = model_->apply(records, records.back().cursor);
      ASSERT_TRUE(applied) << applied.error().describe();
    }
  }
  std::int64_t number(const std::string& sql) {
    auto database = *sqlite::Database::open(path_, {.read_only = true});
    auto row = *database.prepare(sql);
    EXPECT_TRUE(*row.step());
    return row.integer(0);
  }
  std::int64_t balance(const TypeId& account) {
    auto database = *sqlite::Database::open(path_, {.read_only = true});
    const auto state = *find_state<Account>(database, account);
    return state ? state->balance : -1;
  }

  World world_;
  std::string path_;
  std::unique_ptr<ReadModel> model_;
};

TEST_F(ReadModelTest, HoldsTheStatesThatTheEngineHas) {
  open();
  const TypeId alice = world_.id("acc");
  const TypeId bob = world_.id("acc");
  world_.ask(OpenAccount{alice, 100});
  world_.ask(OpenAccount{bob, 0});
  follow(1);
  for (int i = 0; i < 20; ++i) world_.ask(Give{world_.id("gft"), alice, bob, 3});
  follow(7);
  EXPECT_EQ(balance(alice), 40);
  EXPECT_EQ(balance(bob), 60);
  EXPECT_EQ(number("SELECT sum(balance) FROM balances"), 100);
  // Kinds that are not kept leave no row.
  EXPECT_EQ(number("SELECT count(*) FROM states"), 2);
}

TEST_F(ReadModelTest, WhoeverWasTakenOverAppliesNothingTwice) {
  open();
  const TypeId alice = world_.id("acc");
  const TypeId bob = world_.id("acc");
  world_.ask(OpenAccount{alice, 100});
  world_.ask(OpenAccount{bob, 0});
  follow(10);
  const auto late = std::move(model_);
  open();
  world_.ask(Give{world_.id("gft"), alice, bob, 3});
  follow(10);
  JournalSource source(world_.store, World::kPartition);
  const auto records = *source.read(Cursor(2), {});
  const auto applied = late->apply(records, records.back().cursor);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, "read_model_moved");
  EXPECT_EQ(balance(bob), 3);
  // Whoever asks where it is may go on from there.
  EXPECT_EQ(*late->checkpoint(), *model_->checkpoint());
  world_.ask(Give{world_.id("gft"), alice, bob, 4});
  const auto rest = *source.read(*late->checkpoint(), {});
  EXPECT_TRUE(late->apply(rest, rest.back().cursor));
  EXPECT_EQ(balance(bob), 7);
}

TEST_F(ReadModelTest, ABatchThatFailsLeavesNothing) {
  open();
  const TypeId alice = world_.id("acc");
  world_.ask(OpenAccount{alice, 100});
  JournalSource source(world_.store, World::kPartition);
  auto records = *source.read(Cursor(), {});
  ASSERT_EQ(records.size(), 1u);
  records.push_back(records.front());
  records.back().type = "account.renamed";
  const auto applied = model_->apply(records, Cursor(2));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, "unknown_event_type");
  EXPECT_EQ(*model_->checkpoint(), Cursor());
  EXPECT_EQ(balance(alice), -1);
  follow(10);
  EXPECT_EQ(balance(alice), 100);
}

/// A row that cannot be read is no row that is not there: a counter that is begun again would not fit its event.
TEST_F(ReadModelTest, AReadThatFailsAnywhereLeavesNothingAndIsReadAgain) {
  sqlite::SimulatedDisk disk(1);
  const TypeId counter = world_.id("ctr");
  JournalSource source(world_.store, World::kPartition);
  /// Takes in one event more, with nothing in memory yet; whether a read number `at` was made, and failed.
  const auto take_one = [&](std::uint64_t at) {
    disk.restart(false);
    const ReadModel::Options options{"/models/1.db", {"acc", "ctr"}, &disk};
    const auto model = ReadModel::open(world_.registry, options, {}).value();
    world_.ask(engine::tally::Add{counter, 1});
    const Cursor from = model->checkpoint().value();
    const auto records = source.read(from, {}).value();
    bool met = false;
    disk.set_faults([&, seen = std::uint64_t{0}](const sqlite::DiskCall& call) mutable {
      if (call.kind != sqlite::DiskCallKind::Read || ++seen != at) return sqlite::DiskFault::None;
      met = true;
      return sqlite::DiskFault::InputOutputError;
    });
    const auto applied = model->apply(records, records.back().cursor);
    disk.set_faults(nullptr);
    EXPECT_NE(applied.has_value(), met) << at;
    if (applied) return met;
    EXPECT_EQ(model->checkpoint().value(), from) << applied.error().describe();
    EXPECT_TRUE(model->apply(records, records.back().cursor)) << at;
    return met;
  };
  take_one(0);
  std::uint64_t at = 1;
  while (take_one(at)) ++at;
  EXPECT_GT(at, 1u);
}

TEST_F(ReadModelTest, SurvivesARestartAndIsMadeAnewWhenItsSchemaChanges) {
  open();
  const TypeId alice = world_.id("acc");
  world_.ask(OpenAccount{alice, 100});
  follow(10);
  open();
  EXPECT_EQ(*model_->checkpoint(), Cursor(1));
  EXPECT_EQ(balance(alice), 100);
  open({"acc"});
  EXPECT_EQ(*model_->checkpoint(), Cursor());
  EXPECT_EQ(number("SELECT count(*) FROM balances"), 0);
  follow(10);
  EXPECT_EQ(balance(alice), 100);
}

TEST_F(ReadModelTest, ResetEmptiesAllAndGoesOn) {
  open();
  const TypeId alice = world_.id("acc");
  world_.ask(OpenAccount{alice, 100});
  follow(10);
  ASSERT_TRUE(model_->reset());
  EXPECT_EQ(balance(alice), -1);
  EXPECT_EQ(number("SELECT count(*) FROM balances"), 0);
  follow(10);
  EXPECT_EQ(balance(alice), 100);
}

TEST_F(ReadModelTest, ADamagedFileIsBegunAnew) {
  open();
  const TypeId alice = world_.id("acc");
  world_.ask(OpenAccount{alice, 100});
  follow(10);
  model_.reset();
  {
    std::FILE* file = std::fopen(path_.c_str(), "r+b");
    std::fputs("this is not a database", file);
    std::fclose(file);
  }
  std::filesystem::remove(path_ + "-wal");
  open();
  EXPECT_EQ(*model_->checkpoint(), Cursor());
  follow(10);
  EXPECT_EQ(balance(alice), 100);
}

}  // namespace
}  // namespace remit::flow
