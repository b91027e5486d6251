#include "kit/engine/engine_world_test.h"

namespace remit::engine {
namespace {

using std::chrono::seconds;
using tally::Account;
using tally::Add;
using tally::Give;
using tally::OpenAccount;

TEST(EngineCheckpoint, a_restart_replays_only_the_tail) {
  World world;
  const TypeId rich = world.id("acc");
  const TypeId poor = world.id("acc");
  const TypeId counter = world.id("ctr");
  world.ask(OpenAccount{rich, 100});
  world.ask(OpenAccount{poor, 0});
  world.ask(Add{counter, 5});
  world.checkpoint();
  world.ask(Give{world.id("gft"), rich, poor, 10});
  world.ask(Add{counter, 6});
  world.restart();
  EXPECT_EQ(world.engine->stats().events_replayed, 2U);
  EXPECT_EQ(world.look<Account>(rich)->balance, 90);
  EXPECT_EQ(world.look<Account>(poor)->balance, 10);
  EXPECT_EQ(world.value(counter), 11);
}

TEST(EngineCheckpoint, is_made_in_the_background_after_so_many_events) {
  auto options = World::small_options();
  options.checkpoint_events_max = 10;
  World world(1, options);
  const TypeId account = world.id("acc");
  world.ask(OpenAccount{account, 1000});
  for (int i = 0; i < 20; ++i) world.ask(Give{world.id("gft"), account, account, 1});
  EXPECT_EQ(world.engine->stats().checkpoints, 2U);
  world.restart();
  EXPECT_LT(world.engine->stats().events_replayed, 10U);
  EXPECT_EQ(world.look<Account>(account)->gifts, 20U);
}

TEST(EngineCheckpoint, holds_the_states_of_its_mark_though_commands_go_on) {
  World world;
  const TypeId account = world.id("acc");
  const TypeId other = world.id("acc");
  world.ask(OpenAccount{account, 100});
  world.ask(OpenAccount{other, 0});
  world.journal.hold();
  world.ask(Give{world.id("gft"), account, other, 1});
  bool saved = false;
  world.engine->checkpoint([&](Result<Position>) { saved = true; });
  world.run();
  world.ask(Give{world.id("gft"), account, other, 50});
  EXPECT_FALSE(saved) << "its mark is not durable";
  world.journal.release_one();
  world.run();
  EXPECT_TRUE(saved);
  EXPECT_EQ(world.checkpoints.latest(World::kPartition)->position, Position(3));
  world.restart();
  EXPECT_EQ(world.look<Account>(account)->balance, 99) << "what was not durable is not in it";
  EXPECT_EQ(world.engine->stats().events_replayed, 0U);
}

TEST(EngineCheckpoint, of_another_history_is_discarded_and_made_anew) {
  World world;
  const TypeId account = world.id("acc");
  world.ask(OpenAccount{account, 100});
  auto mark = *world.checkpoints.latest(World::kPartition);
  mark.sequence = journal::Sequence(1);
  mark.position = Position(1);
  mark.chain[0] = std::byte{1};
  ASSERT_TRUE(world.checkpoints.save(
      World::kPartition, mark, {{account, Version(9), codec::encode(Account{.balance = 777})}}));
  world.restart();
  EXPECT_EQ(world.look<Account>(account)->balance, 100);
  EXPECT_EQ(world.engine->stats().checkpoints_discarded, 1U);
}

TEST(EngineCheckpoint, ahead_of_the_journal_is_discarded) {
  World world;
  const TypeId account = world.id("acc");
  world.ask(OpenAccount{account, 100});
  auto mark = *world.checkpoints.latest(World::kPartition);
  mark.sequence = journal::Sequence(50);
  mark.position = Position(50);
  ASSERT_TRUE(world.checkpoints.save(World::kPartition, mark, {}));
  world.restart();
  EXPECT_EQ(world.look<Account>(account)->balance, 100);
}

TEST(EngineCheckpoint, a_store_that_fails_is_tried_again_and_nothing_waits_for_it) {
  World world;
  const TypeId account = world.id("acc");
  world.ask(OpenAccount{account, 100});
  world.checkpoints.set_unavailable(true);
  bool saved = false;
  world.engine->checkpoint([&](Result<Position> position) { saved = position.has_value(); });
  world.run();
  EXPECT_FALSE(saved);
  EXPECT_TRUE(world.ask(Give{world.id("gft"), account, account, 1})->ok());
  world.checkpoints.set_unavailable(false);
  world.host.advance(seconds(2));
  EXPECT_TRUE(saved);
  EXPECT_EQ(world.engine->stats().checkpoint_failures, 1U);
}

TEST(EngineCheckpoint, a_row_of_failures_is_said_once_with_its_cause_and_so_is_its_end) {
  World world;
  world.ask(OpenAccount{world.id("acc"), 100});
  world.checkpoints.set_unavailable(true);
  world.engine->checkpoint([](Result<Position>) {});
  world.run();
  world.host.advance(seconds(30));
  EXPECT_GT(world.engine->stats().checkpoint_failures, 20U);
  ASSERT_TRUE(world.engine->stats().checkpoints_trouble);
  const std::string reason = world.engine->stats().checkpoints_trouble->reason;
  EXPECT_EQ(world.put_off, (std::vector<std::string>{"checkpoints: " + reason}));
  world.checkpoints.set_unavailable(false);
  world.host.advance(seconds(2));
  EXPECT_FALSE(world.engine->stats().checkpoints_trouble);
  EXPECT_EQ(world.put_off,
            (std::vector<std::string>{"checkpoints: " + reason, "checkpoints: well"}));
}

TEST(EngineCheckpoint, a_store_that_fails_for_long_stops_commands_before_memory_is_full) {
  auto options = World::small_options();
  options.entities_max = 10;
  World world(1, options);
  std::vector<TypeId> accounts;
  std::vector<HeardPtr> heard;
  for (int i = 0; i < 100; ++i) accounts.push_back(world.id("acc"));
  // Loaded while the store still answers, so that only its saves fail.
  for (const TypeId& account : accounts) heard.push_back(world.submit(OpenAccount{account, 1}));
  world.journal.hold();
  for (int i = 0; i < 2; ++i) world.host.step();
  world.checkpoints.set_unavailable(true);
  world.journal.release();
  world.run();
  EXPECT_TRUE(heard.front()->ok());
  EXPECT_EQ(heard.back()->reason(), "checkpoint_behind");
  EXPECT_LE(world.engine->stats().entities_in_memory, 4 * 10U + 1);
  EXPECT_TRUE(world.look<Account>(accounts.front())) << "queries go on";
  world.checkpoints.set_unavailable(false);
  world.host.advance(seconds(2));
  EXPECT_TRUE(world.ask(OpenAccount{accounts.back(), 1})->ok());
}

TEST(EngineCheckpoint, a_burst_that_fills_memory_waits_for_the_checkpoint_and_is_not_refused) {
  auto options = World::small_options();
  options.entities_max = 1;
  World world(1, options);
  std::vector<HeardPtr> heard;
  for (int i = 0; i < 100; ++i) heard.push_back(world.submit(OpenAccount{world.id("acc"), 1}));
  // Nothing becomes durable, so no checkpoint can be saved: the engine waits, and does not turn round and round.
  world.journal.hold();
  world.run();
  EXPECT_GT(world.engine->stats().commands_waiting, 0U);
  world.journal.release();
  world.run();
  for (const HeardPtr& one : heard) EXPECT_TRUE(one->ok()) << one->reason();
  EXPECT_LE(world.engine->stats().entities_in_memory, 1U);
}

TEST(EngineCheckpoint, a_crash_between_its_making_and_its_mark_loses_nothing) {
  World world;
  const TypeId account = world.id("acc");
  world.ask(OpenAccount{account, 100});
  world.checkpoints.set_unavailable(true);
  world.engine->checkpoint([](Result<Position>) {});
  world.run();
  world.ask(Give{world.id("gft"), account, account, 1});
  world.checkpoints.set_unavailable(false);
  world.restart();
  EXPECT_EQ(world.look<Account>(account)->gifts, 1U);
  EXPECT_EQ(world.engine->stats().events_replayed, 2U);
}

TEST(EngineCheckpoint, memory_stays_within_its_bound_and_both_kinds_are_loaded_again) {
  auto options = World::small_options();
  options.entities_max = 20;
  options.checkpoint_events_max = 50;
  World world(1, options);
  std::vector<TypeId> accounts;
  std::vector<TypeId> counters;
  for (int i = 0; i < 200; ++i) {
    accounts.push_back(world.id("acc"));
    counters.push_back(world.id("ctr"));
    world.ask(OpenAccount{accounts.back(), i});
    world.ask(Add{counters.back(), i});
  }
  EXPECT_LE(world.engine->stats().entities_in_memory, 20U + 2 * 50U);
  world.checkpoint();
  EXPECT_LE(world.engine->stats().entities_in_memory, 20U);
  for (int i = 0; i < 200; ++i) {
    const auto at = static_cast<std::size_t>(i);
    EXPECT_EQ(world.look<Account>(accounts[at])->balance, i);
    EXPECT_EQ(world.ask(Add{counters[at], 1})->value(), i + 1);
  }
  EXPECT_LE(world.engine->stats().entities_in_memory, 20U + 2 * 50U);
}

TEST(EngineCheckpoint, refused_commands_do_not_pile_up_in_memory) {
  auto options = World::small_options();
  options.entities_max = 20;
  World world(1, options);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(world.ask(Add{world.id("ctr"), -1})->reason(), "below_zero");
  }
  EXPECT_LE(world.engine->stats().entities_in_memory, 20U);
}

TEST(EngineCheckpoint, a_cold_rebuild_stays_within_the_bound_too) {
  auto options = World::small_options();
  options.entities_max = 20;
  options.checkpoint_events_max = 50;
  World world(1, options);
  std::vector<TypeId> accounts;
  for (int i = 0; i < 200; ++i) {
    accounts.push_back(world.id("acc"));
    world.ask(OpenAccount{accounts.back(), i});
    world.ask(Give{world.id("gft"), accounts.back(), accounts.front(), i / 2});
  }
  world.crash();
  ASSERT_TRUE(world.checkpoints.clear(World::kPartition));
  world.open();
  EXPECT_EQ(world.engine->stats().events_replayed, 400U);
  EXPECT_LE(world.engine->stats().entities_in_memory, 20U + 2 * 50U);
  EXPECT_GE(world.checkpoints.latest(World::kPartition)->position, Position(350));
  for (int i = 1; i < 200; ++i) {
    EXPECT_EQ(world.look<Account>(accounts[static_cast<std::size_t>(i)])->balance, i - i / 2);
  }
}

}  // namespace
}  // namespace remit::engine
