#include "kit/engine/engine_world_test.h"

namespace remit::engine {
namespace {

using std::chrono::seconds;
using tally::Add;
using tally::Give;
using tally::OpenAccount;

TEST(EngineRecovery, a_refused_append_discards_all_that_was_staged_on_it) {
  World world;
  const TypeId counter = world.id("ctr");
  const TypeId account = world.id("acc");
  world.ask(Add{counter, 1});
  world.ask(OpenAccount{account, 5});
  world.journal.expect({Fate::Refuse});
  world.journal.hold();
  const auto lost = world.ask(Add{counter, 10});
  const auto lost_too = world.ask(Give{world.id("gft"), account, account, 1});
  const auto seen = world.ask(Add{counter, -100});
  world.journal.release();
  world.run();
  EXPECT_EQ(lost->reason(), "append_refused");
  EXPECT_EQ(lost->code(), ErrorCode::Unavailable);
  EXPECT_EQ(lost_too->reason(), "append_refused");
  EXPECT_EQ(seen->reason(), "append_refused") << "it was decided on what never happened";
  EXPECT_EQ(world.value(counter), 1);
  EXPECT_EQ(world.look<tally::Account>(account)->gifts, 0U);
  EXPECT_EQ(world.ask(Add{counter, 2})->value(), 3);
  EXPECT_EQ(world.engine->stats().recoveries, 1U);
}

TEST(EngineRecovery, a_refused_append_is_answered_while_the_journal_is_out_of_reach) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(Add{counter, 1});
  world.journal.expect({Fate::Refuse});
  world.journal.hold();
  const auto lost = world.ask(Add{counter, 10});
  world.journal.set_broken(Error{ErrorCode::Unavailable, "disk_full", "full", {}, nullptr});
  world.journal.release();
  world.run();
  EXPECT_EQ(lost->reason(), "append_refused");
  EXPECT_EQ(world.ask(Add{counter, 10})->reason(), "journal_unavailable");
  EXPECT_EQ(world.engine->stats().trouble->reason, "disk_full");
  world.journal.set_broken(std::nullopt);
  world.host.advance(std::chrono::seconds(10));
  EXPECT_EQ(lost->times, 1);
  EXPECT_FALSE(world.engine->stats().trouble);
  EXPECT_EQ(world.ask(Add{counter, 2})->value(), 3);
}

TEST(EngineRecovery, who_halts_has_no_trouble_left_of_earlier_attempts) {
  World world;
  world.journal.expect({Fate::Refuse});
  world.journal.hold();
  world.ask(Add{world.id("ctr"), 10});
  world.journal.set_broken(Error{ErrorCode::Unavailable, "disk_full", "full", {}, nullptr});
  world.journal.release();
  world.run();
  ASSERT_TRUE(world.engine->stats().trouble);
  ASSERT_TRUE(world.store.acquire(World::kPartition));
  world.journal.set_broken(std::nullopt);
  world.host.advance(std::chrono::seconds(10));
  EXPECT_EQ(world.engine->stats().halted->code, ErrorCode::Fenced);
  EXPECT_FALSE(world.engine->stats().trouble);
}

TEST(EngineRecovery, an_unknown_append_that_was_written_is_answered_with_the_truth) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.expect({Fate::UnknownWritten});
  world.journal.hold();
  const auto written = world.ask(Add{counter, 10});
  const auto behind = world.ask(Add{counter, 1});
  world.journal.release();
  world.run();
  EXPECT_EQ(written->value(), 10);
  EXPECT_EQ(behind->reason(), "append_refused");
  EXPECT_EQ(world.value(counter), 10);
  EXPECT_EQ(world.ask(Add{counter, 1})->value(), 11);
}

TEST(EngineRecovery, an_unknown_append_that_was_lost_is_unavailable) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.expect({Fate::UnknownLost});
  const auto lost = world.submit(world.context("k"), Add{counter, 10});
  world.run();
  EXPECT_EQ(lost->reason(), "append_refused");
  const auto again = world.submit(world.context("k"), Add{counter, 10});
  world.run();
  EXPECT_EQ(again->value(), 10);
}

TEST(EngineRecovery, an_unknown_append_waits_until_the_journal_can_be_read) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.expect({Fate::UnknownWritten});
  world.journal.hold();
  const auto written = world.ask(Add{counter, 10});
  world.journal.set_broken(Error{ErrorCode::Unavailable, "down", "Down.", {}, {}});
  world.journal.release();
  world.run();
  EXPECT_FALSE(written->answer);
  EXPECT_TRUE(world.engine->stats().recovering);
  const auto meanwhile = world.ask(Add{counter, 1});
  world.host.advance(seconds(20));
  EXPECT_EQ(meanwhile->reason(), "journal_unavailable");
  EXPECT_FALSE(written->answer);
  world.journal.set_broken(std::nullopt);
  world.host.advance(seconds(20));
  EXPECT_EQ(written->value(), 10);
  EXPECT_EQ(world.ask(Add{counter, 1})->value(), 11);
  EXPECT_EQ(world.engine->stats().recoveries, 1U);
}

TEST(EngineRecovery, receipts_of_what_was_lost_are_forgotten) {
  World world;
  const TypeId counter = world.id("ctr");
  world.submit(world.context("kept"), Add{counter, 1});
  world.run();
  world.journal.expect({Fate::Refuse});
  world.submit(world.context("lost"), Add{counter, 10});
  world.run();
  const auto kept = world.submit(world.context("kept"), Add{counter, 1});
  const auto lost = world.submit(world.context("lost"), Add{counter, 10});
  world.run();
  EXPECT_TRUE((*kept->answer)->replayed);
  EXPECT_FALSE((*lost->answer)->replayed);
  EXPECT_EQ(lost->value(), 11);
}

TEST(EngineRecovery, a_second_engine_fences_the_first) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(Add{counter, 1});
  std::vector<std::string> order;
  world.engine->on_halted([&](const Error& error) { order.push_back("halted " + error.reason); });

  Registry registry;
  tally::register_all(registry);
  auto second = Engine::open(registry, {world.journal, world.checkpoints, world.host},
                             World::kPartition, world.options);
  ASSERT_TRUE(second);
  const auto first = world.submit(Add{counter, 1});
  world.run();
  EXPECT_EQ(first->code(), ErrorCode::Fenced);
  EXPECT_EQ(order, (std::vector<std::string>{"halted partition_fenced"}));
  EXPECT_EQ(world.engine->stats().halted->code, ErrorCode::Fenced);
  EXPECT_FALSE(world.engine->stats().trouble) << "nothing is tried any more";
  const auto later = world.submit(Add{counter, 1});
  EXPECT_EQ(later->code(), ErrorCode::Fenced) << "at once, without the engine's thread";

  (*second)->start();
  const auto heard = std::make_shared<Heard>();
  (*second)->submit(world.context(), Add{counter, 5},
                    [heard](Result<Answered> answer) { heard->answer = std::move(answer); });
  world.run();
  EXPECT_EQ(heard->value(), 6);
  (*second)->stop();
}

TEST(EngineRecovery, one_that_was_fenced_while_an_append_was_unknown_does_not_steal_back) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(Add{counter, 1});
  world.journal.expect({Fate::UnknownWritten});
  world.journal.hold();
  const auto written = world.ask(Add{counter, 10});
  const auto behind = world.ask(Add{counter, 10});
  world.journal.release_one();
  ASSERT_TRUE(world.store.acquire(World::kPartition));
  world.journal.release();
  world.run();
  EXPECT_EQ(written->value(), 11) << "the truth is still told";
  EXPECT_EQ(behind->code(), ErrorCode::Fenced);
  EXPECT_EQ(world.store.head(World::kPartition)->epoch, journal::Epoch(2));
}

TEST(EngineRecovery, an_event_type_that_is_not_known_is_refused_not_skipped) {
  World world;
  world.ask(Add{world.id("ctr"), 1});
  world.crash();
  const Registry old;
  const auto opened = Engine::open(old, {world.journal, world.checkpoints, world.host},
                                   World::kPartition, world.options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Unsupported);
  EXPECT_EQ(opened.error().reason, "unknown_event_type");
}

TEST(EngineRecovery, an_overtaken_engine_is_fenced_and_never_confused_by_the_newer_ones_events) {
  EngineOptions options = World::small_options();
  options.entities_max = 1;
  World world(1, options);
  const TypeId counter = world.id("ctr");
  const TypeId other = world.id("ctr");
  const Timestamp due = world.host.clock().now() + std::chrono::hours(1);
  world.ask(tally::AddLater{counter, "a", due, 1});
  world.ask(tally::Add{counter, 1});
  world.ask(tally::Add{other, 1});  // Drives the first ones out of memory.
  auto overtaken = std::move(world.engine);
  world.open();
  world.ask(tally::AddLater{counter, "a", due + std::chrono::hours(1), 1});
  world.ask(tally::Add{counter, 41});

  std::optional<Result<Answered>> answer;
  overtaken->submit(world.context(), tally::AddLater{counter, "a", due, 5},
                    [&](Result<Answered> heard) { answer = std::move(heard); });
  world.run();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, ErrorCode::Fenced);
  EXPECT_EQ(world.value(counter), 42);
  overtaken->stop();
}

TEST(EngineRecovery, an_overtaken_engine_with_commits_under_way_takes_no_newer_event_for_its_own) {
  EngineOptions options = World::small_options();
  options.entities_max = 1;
  World world(1, options);
  world.ask(tally::Add{world.id("ctr"), 1});
  auto overtaken = std::move(world.engine);
  world.open();
  const TypeId counter = world.id("ctr");
  const Timestamp due = world.host.clock().now() + std::chrono::hours(1);
  world.ask(tally::AddLater{counter, "a", due, 1});

  // Where the newer one's events are it has staged its own, which nobody has refused yet.
  world.journal.hold();
  std::optional<Result<Answered>> answer;
  for (int i = 0; i < 3; ++i) {
    overtaken->submit(world.context(), tally::Add{world.id("ctr"), 1}, [](auto) {});
    world.run();
  }
  overtaken->submit(world.context(), tally::AddLater{counter, "a", due, 5},
                    [&](Result<Answered> heard) { answer = std::move(heard); });
  world.run();
  while (!answer) {
    world.journal.release_one();
    world.run();
  }
  EXPECT_EQ(answer->error().code, ErrorCode::Fenced);
  overtaken->stop();
}

TEST(EngineRecovery, an_overtaken_engine_puts_no_old_checkpoint_over_the_newer_one) {
  World world;
  const TypeId rich = world.id("acc");
  const TypeId poor = world.id("acc");
  world.ask(tally::OpenAccount{rich, 100});
  world.ask(tally::OpenAccount{poor, 0});
  world.checkpoint();
  world.ask(tally::Add{world.id("ctr"), 1});
  auto overtaken = std::move(world.engine);
  world.open();
  for (int i = 0; i < 5; ++i) world.ask(tally::Give{world.id("gft"), rich, poor, 10});
  world.checkpoint();
  // It stood still meanwhile, and goes on where it was.
  overtaken->checkpoint([](const Result<Position>&) {});
  world.host.advance(std::chrono::seconds(5));
  overtaken->stop();
  world.restart();
  EXPECT_EQ(world.look<tally::Account>(poor)->balance, 50) << "each gift counts once";
  EXPECT_EQ(world.engine->stats().events_replayed, 0U);
}

}  // namespace
}  // namespace remit::engine
