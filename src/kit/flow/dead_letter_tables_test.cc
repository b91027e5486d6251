#include "kit/flow/dead_letter_tables.h"

#include "kit/flow/commands.h"
#include "kit/flow/flow_world_test.h"
#include "kit/flow/read_model.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

namespace remit::flow {
namespace {

class DeadLetterTablesTest : public testing::Test {
 protected:
  DeadLetterTablesTest() {
    path_ = (std::filesystem::temp_directory_path() /
             fmt::format("remit-dead-letters-{}.db", static_cast<long>(::getpid())))
                .string();
    remove_files();
    std::vector<std::unique_ptr<ReadTables>> tables;
    tables.push_back(make_dead_letter_tables());
    auto opened = ReadModel::open(world_.registry, {path_, {std::string(DeadLetter::kPrefix)}},
                                  std::move(tables));
    EXPECT_TRUE(opened) << opened.error().describe();
    model_ = *std::move(opened);
  }
  ~DeadLetterTablesTest() override {
    model_.reset();
    remove_files();
  }
  void remove_files() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }
  /// Takes in what is new and lists.
  std::vector<DeadLetter> list(const DeadLetterFilter& filter) {
    const auto records = *world_.source.read(*model_->checkpoint(), {.events_max = 1000});
    if (!records.empty()) {
      const auto applied = model_->apply(records, records.back().cursor);
      EXPECT_TRUE(applied) << applied.error().describe();
    }
    auto database = *sqlite::Database::open(path_, {.read_only = true});
    return *list_dead_letters(database, filter);
  }

  FlowWorld world_;
  std::string path_;
  std::unique_ptr<ReadModel> model_;
};

TEST_F(DeadLetterTablesTest, ListsThemByStatusAndFlowOldestFirst) {
  world_.effect.script = [](const Record&, std::uint32_t) -> std::optional<EffectOutcome> {
    return Failed{final_failure()};
  };
  for (std::uint8_t i = 1; i <= 3; ++i) world_.add(world_.counter(i));
  const auto open = list({.status = DeadLetterStatus::Open});
  ASSERT_EQ(open.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(open[i].key, world_.counter(static_cast<std::uint8_t>(i + 1)));
    EXPECT_EQ(open[i].flow, "test_flow");
    EXPECT_EQ(open[i].reason, "bad_iban");
  }
  EXPECT_EQ(list({.rows_max = 2}).size(), 2U);
  EXPECT_TRUE(list({.flow = "another_flow"}).empty());

  const std::vector<TypeId> ids = world_.open_dead_letters();
  world_.submit(DiscardDeadLetter{ids.at(0), "Paid by hand."});
  world_.effect.script = {};
  world_.submit(RedriveDeadLetter{ids.at(1), "The bank knows the account now."});
  world_.run(std::chrono::seconds(5));
  const auto left = list({.status = DeadLetterStatus::Open, .flow = "test_flow"});
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.front().key, world_.counter(3));
  EXPECT_EQ(list({.status = DeadLetterStatus::Discarded}).size(), 1U);
  EXPECT_EQ(list({}).size(), 3U);
}

}  // namespace
}  // namespace remit::flow
