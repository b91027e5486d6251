#include "kit/journal/index/look_up_index.h"

#include "kit/base/manual_host.h"
#include "kit/sqlite/simulated/simulated_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <unistd.h>

namespace remit::journal {
namespace {

using testing::ElementsAre;

constexpr auto kFile = "/data/journal.db-index";
constexpr std::uint64_t kTree = 1;

class LookUpIndexOnDisk : public testing::Test {
 protected:
  LookUpIndexOnDisk() {
    auto opened = LookUpIndex::open(kFile, {.memory_entries_max = 4, .frozen_max = 8, .fan_in = 3},
                                    host_, &disk_);
    EXPECT_TRUE(opened) << opened.error().describe();
    index_ = std::move(*opened);
    index_->on_failed([this](const Error& error) { failures_.push_back(error.reason); });
  }

  /// As many entries as make one run, each found under its own number.
  void add_run() {
    for (int i = 0; i < 4; ++i) {
      ++last_;
      const IndexEntry entry{.hash = last_, .where = last_};
      index_->add(kTree, last_, {&entry, 1});
    }
  }
  void add_durable_run() {
    add_run();
    const auto caught_up = index_->catch_up();
    ASSERT_TRUE(caught_up) << caught_up.error().describe();
  }
  sqlite::Database second_connection() {
    auto opened = sqlite::Database::open(kFile, {.disk = &disk_});
    EXPECT_TRUE(opened) << opened.error().describe();
    return std::move(*opened);
  }
  void expect_all_found() {
    for (std::uint64_t number = 1; number <= last_; ++number) {
      EXPECT_THAT(*index_->find(kTree, number), ElementsAre(number));
    }
  }

  ManualHost host_{1};
  sqlite::SimulatedDisk disk_{1};
  std::vector<std::string> failures_;
  std::unique_ptr<LookUpIndex> index_;
  std::uint64_t last_ = 0;
};

TEST_F(LookUpIndexOnDisk, RunsAreMergedAndFound) {
  for (int i = 0; i < 10; ++i) add_durable_run();
  EXPECT_EQ(index_->durable_through(kTree), last_);
  expect_all_found();
  sqlite::Database database = second_connection();
  auto rows = *database.prepare("SELECT count(*) FROM runs");
  ASSERT_TRUE(*rows.step());
  EXPECT_EQ(rows.integer(0), 2) << "nine in one of the third tier, and the tenth";
}

TEST_F(LookUpIndexOnDisk, AMergeOfARunThatIsGoneFailsForGoodAndIsToldOnce) {
  add_durable_run();
  add_durable_run();
  ASSERT_TRUE(second_connection().execute("DELETE FROM runs WHERE id = 1"));
  add_run();
  const auto caught_up = index_->catch_up();
  ASSERT_FALSE(caught_up);
  EXPECT_EQ(caught_up.error().reason, "index_run_missing");
  EXPECT_THAT(failures_, ElementsAre("index_run_missing"));
  add_run();
  host_.step_until_idle();
  EXPECT_EQ(index_->catch_up().error().reason, "index_run_missing");
  EXPECT_THAT(failures_, ElementsAre("index_run_missing"));
}

TEST_F(LookUpIndexOnDisk, AFullDiskIsLeftAloneUntilTheTimerAndThenTriedAgain) {
  disk_.set_capacity(disk_.image().bytes_used());
  add_run();
  host_.step_until_idle();
  EXPECT_EQ(host_.timers_waiting(), 1U);
  EXPECT_EQ(index_->durable_through(kTree), 0U);
  std::uint64_t calls = 0;
  disk_.set_faults([&calls](const sqlite::DiskCall&) {
    ++calls;
    return sqlite::DiskFault::None;
  });
  add_run();
  host_.step_until_idle();
  EXPECT_EQ(calls, 0U) << "it rests, whoever wakes it";
  disk_.set_faults({});
  expect_all_found();
  disk_.set_capacity(~std::uint64_t{0});
  host_.advance(std::chrono::seconds(2));
  EXPECT_EQ(index_->durable_through(kTree), last_);
  EXPECT_EQ(host_.timers_waiting(), 0U);
  EXPECT_TRUE(failures_.empty());
  expect_all_found();
}

TEST_F(LookUpIndexOnDisk, WhoHasItCatchUpHearsWhyItRestsAndNeedNotWaitForTheTimer) {
  disk_.set_capacity(disk_.image().bytes_used());
  add_run();
  EXPECT_EQ(index_->catch_up().error().reason, "disk_full");
  disk_.set_capacity(~std::uint64_t{0});
  {
    sqlite::Database other = second_connection();
    const auto held = *sqlite::Transaction::begin(other);
    EXPECT_EQ(index_->catch_up().error().reason, "database_busy");
  }
  EXPECT_TRUE(index_->catch_up());
  EXPECT_EQ(index_->durable_through(kTree), last_);
  EXPECT_TRUE(failures_.empty());
}

/// A run that a merge takes away is gone from the file a moment before it is gone from the list.
TEST(LookUpIndexThreads, EverythingIsFoundWhileRunsAreMerged) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("remit-index-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  {
    SystemClock clock;
    const std::unique_ptr<Host> host = make_thread_host(clock);
    auto index =
        LookUpIndex::open((folder / "index").string(),
                          {.memory_entries_max = 16, .frozen_max = 8, .fan_in = 2}, *host, nullptr);
    ASSERT_TRUE(index) << index.error().describe();
    constexpr std::uint64_t kEntries = 16'000;
    std::atomic<std::uint64_t> added = 0;
    std::thread adds([&] {
      for (std::uint64_t number = 1; number <= kEntries; ++number) {
        const IndexEntry entry{.hash = number, .where = number};
        (*index)->add(kTree, number, {&entry, 1});
        added = number;
      }
    });
    std::uint64_t looked_for = 0;
    while (added < kEntries && !HasFailure()) {
      const std::uint64_t there = added;
      if (there == 0) continue;
      const std::uint64_t number = 1 + looked_for++ * 7919 % there;
      const auto found = (*index)->find(kTree, number);
      EXPECT_EQ(found ? *found : std::vector<std::uint64_t>(), std::vector{number})
          << (found ? "" : found.error().describe());
    }
    adds.join();
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace remit::journal
