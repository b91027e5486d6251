#include "kit/engine/fold.h"

#include "kit/engine/dump.h"
#include "kit/engine/engine_world_test.h"

#include <gmock/gmock.h>

namespace remit::engine {
namespace {

using tally::Account;
using tally::Add;
using tally::AddLater;
using tally::Give;
using tally::OpenAccount;

/// A world with both kinds of entity and timers, in a checkpoint and behind it.
class FoldTest : public testing::Test {
 protected:
  FoldTest() {
    world_.ask(OpenAccount{account_, 100});
    world_.ask(OpenAccount{other_, 0});
    world_.ask(Give{world_.id("gft"), account_, other_, 30});
    world_.ask(AddLater{counter_, "a", ManualHost::kStart + std::chrono::hours(1), 1});
    world_.ask(AddLater{counter_, "b", ManualHost::kStart + std::chrono::seconds(1), 1});
    world_.host.advance(std::chrono::seconds(1));
    world_.checkpoint();
    world_.ask(Give{world_.id("gft"), account_, other_, 7});
    world_.ask(Add{counter_, 4});
  }
  FoldReport fold() {
    auto report =
        verify_fold(world_.registry, world_.journal, world_.checkpoints, World::kPartition);
    EXPECT_TRUE(report) << report.error().describe();
    return *report;
  }
  FoldReport fold_with_engine() {
    std::optional<Result<FoldReport>> report;
    world_.engine->query(
        [&](ReadView& view) {
          report = verify_fold(world_.registry, world_.journal, world_.checkpoints,
                               World::kPartition, {.live = &view});
        },
        [](Result<Position>) {});
    world_.run();
    EXPECT_TRUE(*report);
    return **report;
  }
  void overwrite(const StoredEntity& entity) {
    ASSERT_TRUE(world_.checkpoints.save(World::kPartition,
                                        *world_.checkpoints.latest(World::kPartition), {entity}));
  }

  World world_;
  TypeId account_ = world_.id("acc");
  TypeId other_ = world_.id("acc");
  TypeId counter_ = world_.id("ctr");
};

TEST_F(FoldTest, what_the_engine_made_is_equal_to_the_fold) {
  const FoldReport report = fold_with_engine();
  EXPECT_FALSE(report.difference);
  EXPECT_EQ(report.events, world_.events().size());
  EXPECT_EQ(report.compared_with_checkpoint, 3U) << "two accounts and the timer that waits";
  EXPECT_GE(report.compared_with_engine, 7U);
}

TEST_F(FoldTest, a_changed_state_is_named_with_both_forms) {
  overwrite({other_, Version(1), codec::encode(Account{.balance = 31})});
  const FoldReport report = fold();
  ASSERT_TRUE(report.difference);
  EXPECT_EQ(report.difference->entity, other_);
  EXPECT_EQ(report.difference->version, Version(1));
  EXPECT_THAT(report.difference->folded, testing::HasSubstr(R"("balance":30)"));
  EXPECT_THAT(report.difference->found, testing::HasSubstr(R"("balance":31)"));
}

TEST_F(FoldTest, a_missing_and_an_invented_state_are_named) {
  overwrite({other_, Version(1), std::nullopt});
  EXPECT_EQ(fold().difference->entity, other_);
  EXPECT_EQ(fold().difference->found, "absent");
  const TypeId invented = world_.id("acc");
  overwrite({invented, Version(1), codec::encode(Account{.balance = 1})});
  EXPECT_EQ(fold().difference->entity, invented);
  EXPECT_EQ(fold().difference->folded, "absent");
}

TEST_F(FoldTest, a_wrong_version_is_a_difference) {
  auto stored = **world_.checkpoints.load(World::kPartition, other_);
  stored.version = Version(5);
  overwrite(stored);
  const FoldReport report = fold();
  EXPECT_EQ(report.difference->version, Version(1));
  EXPECT_EQ(report.difference->found_version, Version(5));
}

TEST_F(FoldTest, a_checkpoint_of_another_history_is_an_error) {
  auto mark = *world_.checkpoints.latest(World::kPartition);
  mark.chain[3] ^= std::byte{1};
  ASSERT_TRUE(world_.checkpoints.save(World::kPartition, mark, {}));
  const auto report =
      verify_fold(world_.registry, world_.journal, world_.checkpoints, World::kPartition);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().reason, "checkpoint_of_another_history");
}

TEST_F(FoldTest, a_busy_engine_is_not_compared) {
  world_.journal.hold();
  world_.ask(Add{counter_, 1});
  std::optional<Result<FoldReport>> report;
  world_.engine->query(
      [&](ReadView& view) {
        report = verify_fold(world_.registry, world_.journal, world_.checkpoints, World::kPartition,
                             {.live = &view});
      },
      [](Result<Position>) {});
  world_.run();
  ASSERT_FALSE(*report);
  EXPECT_EQ(report->error().reason, "engine_busy");
}

TEST_F(FoldTest, dump_prints_an_event_as_one_line) {
  const auto events = world_.events();
  const std::string line = dump_event(world_.registry, events[2]);
  EXPECT_THAT(line,
              testing::StartsWith(R"({"position":3,"sequence":3,"time":"2026-01-01T00:00:00Z",)"));
  EXPECT_THAT(line, testing::HasSubstr(R"("type":"gift.made","schema":1,)"));
  EXPECT_THAT(line, testing::HasSubstr(fmt::format(R"("client":"{}")", world_.client.to_string())));
  EXPECT_THAT(line, testing::HasSubstr(R"("amount":30}})"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST_F(FoldTest, dump_prints_what_it_does_not_know_as_bytes) {
  const std::string line = dump_event(Registry(), world_.events()[0]);
  EXPECT_THAT(line, testing::HasSubstr(R"("unreadable":"unknown_event_type")"));
  EXPECT_THAT(line, testing::HasSubstr(R"("payload":")"));
}

}  // namespace
}  // namespace remit::engine
