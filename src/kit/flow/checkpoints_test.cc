#include "kit/flow/checkpoints.h"

#include "kit/flow/sqlite/sqlite_checkpoint_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <unistd.h>
#include <vector>

namespace remit::flow {
namespace {

/// What every driver of the port must do.
class CheckpointTableTest : public testing::TestWithParam<std::string> {
 protected:
  CheckpointTableTest() {
    static int count = 0;
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("remit-flow-checkpoints-{}-{}", ::getpid(), ++count);
    std::filesystem::create_directories(directory_);
    open();
  }
  ~CheckpointTableTest() override {
    table_.reset();
    std::filesystem::remove_all(directory_);
  }
  std::string path() const { return directory_ / "flows.db"; }
  /// Closes and opens again what outlives the process; what is in memory stays.
  void open() {
    if (GetParam() == "memory") {
      if (!table_) table_ = std::make_unique<MemoryCheckpointTable>();
      return;
    }
    table_.reset();
    auto opened = SqliteCheckpointTable::open(path());
    ASSERT_TRUE(opened) << opened.error().describe();
    table_ = *std::move(opened);
  }
  void expect(std::string_view flow, const Checkpoint& wanted) {
    const auto found = table_->load(flow);
    ASSERT_TRUE(found) << found.error().describe();
    EXPECT_EQ(found->cursor.value, wanted.cursor.value) << flow;
    EXPECT_EQ(found->starts, wanted.starts) << flow;
    EXPECT_EQ(found->suspect.value, wanted.suspect.value) << flow;
    EXPECT_EQ(found->suspect_starts, wanted.suspect_starts) << flow;
  }

  std::filesystem::path directory_;
  std::unique_ptr<CheckpointTable> table_;
};

TEST_P(CheckpointTableTest, a_flow_that_never_ran_has_zeroes) {
  expect("submit_payments", Checkpoint{});
}

TEST_P(CheckpointTableTest, keeps_every_field_over_a_reopening) {
  const Checkpoint saved{Cursor(UINT64_MAX), 2, Cursor(41), 3};
  ASSERT_TRUE(table_->save("submit_payments", saved));
  open();
  expect("submit_payments", saved);
}

TEST_P(CheckpointTableTest, a_later_save_replaces_the_whole) {
  ASSERT_TRUE(table_->save("submit_payments", {Cursor(40), 2, Cursor(41), 3}));
  ASSERT_TRUE(table_->save("submit_payments", {Cursor(42), 0, Cursor(0), 0}));
  expect("submit_payments", {Cursor(42), 0, Cursor(0), 0});
}

TEST_P(CheckpointTableTest, flows_do_not_touch_each_other) {
  ASSERT_TRUE(table_->save("a", {Cursor(1), 1, Cursor(0), 0}));
  ASSERT_TRUE(table_->save("a b", {Cursor(2), 2, Cursor(0), 0}));
  expect("a", {Cursor(1), 1, Cursor(0), 0});
  expect("a b", {Cursor(2), 2, Cursor(0), 0});
  expect("A", Checkpoint{});
}

TEST_P(CheckpointTableTest, takes_saves_from_several_threads) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      const std::string flow = fmt::format("flow-{}", thread);
      for (std::uint64_t i = 1; i <= 50; ++i) {
        EXPECT_TRUE(table_->save(flow, {Cursor(i), 0, Cursor(0), 0}));
        EXPECT_EQ(table_->load(flow)->cursor.value, i);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (int thread = 0; thread < 4; ++thread) {
    expect(fmt::format("flow-{}", thread), {Cursor(50), 0, Cursor(0), 0});
  }
}

INSTANTIATE_TEST_SUITE_P(Drivers, CheckpointTableTest, testing::Values("memory", "sqlite"),
                         [](const auto& driver) { return driver.param; });

TEST(SqliteCheckpointTableTest, refuses_a_file_of_a_newer_layout) {
  const auto path = std::filesystem::temp_directory_path() /
                    fmt::format("remit-flow-checkpoints-newer-{}.db", ::getpid());
  {
    ASSERT_TRUE(SqliteCheckpointTable::open(path));
  }
  {
    auto database = sqlite::Database::open(path, {});
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->set_layout(99));
  }
  const auto refused = SqliteCheckpointTable::open(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "flow_checkpoints_too_new");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace remit::flow
