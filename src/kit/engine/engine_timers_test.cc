#include "kit/engine/engine_world_test.h"
#include "kit/engine/timer.h"

namespace remit::engine {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using tally::Add;
using tally::AddLater;

constexpr Timestamp kStart = ManualHost::kStart;

std::vector<std::string> types(World& world) {
  std::vector<std::string> names;
  for (const auto& event : world.events()) names.push_back(event.type);
  return names;
}

TEST(EngineTimers, fire_at_their_moment_once) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + hours(3), 7});
  EXPECT_EQ(world.engine->stats().timers_waiting, 1U);
  world.host.advance(hours(3) - seconds(1));
  EXPECT_EQ(world.value(counter), 0);
  world.host.advance(seconds(1));
  EXPECT_EQ(world.value(counter), 7);
  world.host.advance(hours(10));
  EXPECT_EQ(world.value(counter), 7);
  EXPECT_EQ(world.engine->stats().timers_waiting, 0U);
  EXPECT_EQ(types(world),
            (std::vector<std::string>{"timer.set", "timer.fired", "counter.changed"}));
}

TEST(EngineTimers, the_command_has_a_derived_id_and_the_clients_name) {
  World world;
  const TypeId counter = world.id("ctr");
  auto context = world.context();
  context.correlation = world.id("req");
  world.submit(context, AddLater{counter, "a", kStart + seconds(1), 7});
  world.host.advance(seconds(1));
  const auto events = world.events();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[2].cause.command, TypeId::derive("cmd", timer_stream({counter, "a"}), "1"));
  EXPECT_EQ(events[2].cause.correlation, context.correlation);
  EXPECT_EQ(events[2].cause.client, world.client);
  EXPECT_EQ(events[1].sequence, events[2].sequence) << "fired and done in one commit";
}

TEST(EngineTimers, setting_one_again_replaces_it) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + seconds(1), 7});
  world.ask(AddLater{counter, "a", kStart + seconds(5), 100});
  world.ask(AddLater{counter, "b", kStart + seconds(2), 1});
  EXPECT_EQ(world.engine->stats().timers_waiting, 2U);
  world.host.advance(seconds(2));
  EXPECT_EQ(world.value(counter), 1);
  world.host.advance(seconds(3));
  EXPECT_EQ(world.value(counter), 101);
}

TEST(EngineTimers, a_cancelled_one_does_not_fire) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + seconds(1), 7});
  world.ask(AddLater{counter, "a", Timestamp(), 0});
  world.ask(AddLater{counter, "a", Timestamp(), 0});
  world.host.advance(hours(1));
  EXPECT_EQ(world.value(counter), 0);
  EXPECT_EQ(types(world), (std::vector<std::string>{"timer.set", "timer.cancelled"}))
      << "cancelling what does not wait is nothing";
}

TEST(EngineTimers, a_refusal_is_journalled_and_does_not_loop) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + seconds(1), -7});
  world.host.advance(hours(1));
  const auto events = world.events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(codec::decode<TimerFired>(events[1].payload)->refusal, "below_zero");
  EXPECT_EQ(world.engine->stats().timers_waiting, 0U);
  EXPECT_EQ(world.engine->stats().timers_fired, 1U);
}

TEST(EngineTimers, survive_a_restart_from_the_tail_and_from_a_checkpoint) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + seconds(10), 1});
  world.ask(AddLater{counter, "b", kStart + seconds(20), 10});
  world.ask(AddLater{counter, "c", kStart + seconds(30), 100});
  world.checkpoint();
  world.ask(AddLater{counter, "d", kStart + seconds(40), 1000});
  world.ask(AddLater{counter, "c", kStart + seconds(50), 200});
  world.ask(AddLater{counter, "b", Timestamp(), 0});
  world.restart();
  EXPECT_EQ(world.engine->stats().timers_waiting, 3U);
  world.host.advance(seconds(45));
  EXPECT_EQ(world.value(counter), 1001);
  world.checkpoint();
  world.restart();
  EXPECT_EQ(world.engine->stats().timers_waiting, 1U);
  world.host.advance(seconds(5));
  EXPECT_EQ(world.value(counter), 1201);
  EXPECT_EQ(world.engine->stats().timers_waiting, 0U);
}

TEST(EngineTimers, what_fell_due_while_nobody_ran_fires_at_start) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + seconds(10), 1});
  world.crash();
  world.host.advance(hours(5));
  world.open();
  world.run();
  EXPECT_EQ(world.value(counter), 1);
}

TEST(EngineTimers, one_that_fired_can_be_set_again_after_it_left_memory) {
  auto options = World::small_options();
  options.entities_max = 1;
  World world(1, options);
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + seconds(1), 1});
  world.host.advance(seconds(1));
  world.checkpoint();
  for (int i = 0; i < 5; ++i) world.ask(Add{world.id("ctr"), 1});
  world.ask(AddLater{counter, "a", kStart + seconds(9), 10});
  world.host.advance(seconds(10));
  EXPECT_EQ(world.value(counter), 11);
  const auto of_timer =
      *world.store.read_stream(World::kPartition, timer_stream({counter, "a"}), Version(1), {});
  ASSERT_EQ(of_timer.size(), 4U);
  EXPECT_EQ(of_timer[3].version, Version(4));
}

TEST(EngineTimers, one_that_is_due_already_fires_at_once) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart - seconds(1), 1});
  EXPECT_EQ(world.engine->stats().timers_fired, 1U);
  EXPECT_EQ(world.value(counter), 1);
}

TEST(EngineTimers, a_forward_jump_of_the_clock_is_seen_within_a_minute) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + hours(24), 1});
  world.host.clock().jump(hours(25));
  world.host.advance(seconds(60));
  EXPECT_EQ(world.value(counter), 1);
}

TEST(EngineTimers, a_wall_clock_that_is_set_back_delays_them_by_their_own_length_at_most) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(Add{counter, 1});
  world.host.clock().jump(-hours(1));
  world.ask(AddLater{counter, "a", kStart + seconds(10), 1});
  world.host.advance(seconds(9));
  EXPECT_EQ(world.value(counter), 1);
  world.host.advance(seconds(12));
  EXPECT_EQ(world.value(counter), 2);
  // What comes after that as well, also over a restart.
  world.ask(AddLater{counter, "a", world.events().back().time + seconds(10), 1});
  world.restart();
  world.host.advance(seconds(25));
  EXPECT_EQ(world.value(counter), 3);
  // And the wall catches up.
  world.host.advance(hours(2));
  world.ask(Add{counter, 1});
  EXPECT_EQ(world.events().back().time, world.host.clock().now());
}

TEST(EngineTimers, a_timer_beyond_the_bound_is_unavailable_and_changes_nothing) {
  auto options = World::small_options();
  options.timers_max = 1;
  World world(1, options);
  const TypeId counter = world.id("ctr");
  EXPECT_TRUE(world.ask(AddLater{counter, "a", kStart + seconds(10), 1})->ok());
  const auto beyond = world.ask(AddLater{counter, "b", kStart + seconds(10), 1});
  EXPECT_EQ(beyond->reason(), "timers_full");
  EXPECT_EQ(beyond->code(), ErrorCode::Unavailable);
  EXPECT_TRUE(world.ask(AddLater{counter, "a", kStart + seconds(20), 1})->ok());
  EXPECT_EQ(world.events().size(), 2U);
}

TEST(EngineTimers, one_whose_state_cannot_be_read_waits_for_better_times) {
  auto options = World::small_options();
  options.entities_max = 1;
  World world(1, options);
  const TypeId counter = world.id("ctr");
  world.ask(AddLater{counter, "a", kStart + seconds(1), 1});
  world.checkpoint();
  for (int i = 0; i < 5; ++i) world.ask(Add{world.id("ctr"), 1});
  world.journal.set_broken(Error{ErrorCode::Unavailable, "down", "Down.", {}, {}});
  world.host.advance(seconds(10));
  EXPECT_EQ(world.engine->stats().timers_waiting, 1U);
  world.journal.set_broken(std::nullopt);
  world.host.advance(seconds(60));
  EXPECT_EQ(world.value(counter), 1);
}

/// Timers that a checkpoint holds and memory does not, each for a counter of its own: one at each second.
std::vector<TypeId> forgotten_timers(World& world, int count) {
  std::vector<TypeId> counters;
  for (int i = 0; i < count; ++i) {
    counters.push_back(world.id("ctr"));
    world.ask(AddLater{counters.back(), "a", kStart + seconds(i + 1), 1});
  }
  world.checkpoint();
  for (int i = 0; i < 5; ++i) world.ask(Add{world.id("ctr"), 1});
  return counters;
}

EngineOptions forgetful_options() {
  auto options = World::small_options();
  options.entities_max = 1;
  return options;
}

TEST(EngineTimers, one_that_cannot_be_read_holds_up_no_other) {
  World world(1, forgetful_options());
  const auto counters = forgotten_timers(world, 3);
  world.journal.set_unreadable({timer_stream({counters[0], "a"})});
  world.host.advance(seconds(10));
  EXPECT_EQ(world.value(counters[1]), 1);
  EXPECT_EQ(world.value(counters[2]), 1);
  EXPECT_EQ(world.engine->stats().timers_waiting, 1U);
  EXPECT_EQ(world.engine->stats().timers_unreadable, 1U);
  EXPECT_EQ(world.engine->stats().timers_trouble->reason, "page_unreadable");
  EXPECT_EQ(world.put_off, (std::vector<std::string>{"timers: page_unreadable"}));
  world.journal.set_unreadable({});
  world.host.advance(seconds(60));
  EXPECT_EQ(world.value(counters[0]), 1);
  EXPECT_EQ(world.engine->stats().timers_unreadable, 0U);
  EXPECT_FALSE(world.engine->stats().timers_trouble);
  EXPECT_EQ(world.put_off, (std::vector<std::string>{"timers: page_unreadable", "timers: well"}));
}

TEST(EngineTimers, one_whose_command_meets_what_cannot_be_read_holds_up_no_other) {
  World world(1, forgetful_options());
  const TypeId counter = world.id("ctr");
  world.ask(Add{counter, 1});
  world.ask(AddLater{counter, "a", kStart + seconds(1), 1});
  const auto counters = forgotten_timers(world, 3);
  world.journal.set_unreadable({counter});
  world.host.advance(seconds(10));
  EXPECT_EQ(world.value(counters[2]), 1);
  EXPECT_EQ(world.engine->stats().timers_unreadable, 1U);
  world.journal.set_unreadable({});
  world.host.advance(seconds(60));
  EXPECT_EQ(world.value(counter), 2);
}

TEST(EngineTimers, more_that_cannot_be_read_than_are_tried_in_a_row_hold_up_no_other) {
  World world(1, forgetful_options());
  const auto counters = forgotten_timers(world, 101);
  std::set<StreamId> damaged;
  for (int i = 0; i < 100; ++i) {
    damaged.insert(timer_stream({counters[static_cast<std::size_t>(i)], "a"}));
  }
  world.crash();
  world.journal.set_unreadable(damaged);
  world.host.advance(seconds(200));
  world.open();
  world.host.advance(seconds(60));
  EXPECT_EQ(world.value(counters.back()), 1);
  EXPECT_EQ(world.engine->stats().timers_unreadable, 100U);
  world.journal.set_unreadable({});
  world.host.advance(seconds(60));
  EXPECT_EQ(world.engine->stats().timers_waiting, 0U);
}

TEST(EngineTimers, one_that_can_never_be_read_is_tried_ever_more_slowly) {
  World world(1, forgetful_options());
  const auto counters = forgotten_timers(world, 1);
  world.journal.set_unreadable({timer_stream({counters[0], "a"})});
  world.host.advance(hours(1));
  EXPECT_LE(world.journal.failed_stream_reads(), 361U + 5U);
  EXPECT_GE(world.journal.failed_stream_reads(), 300U);
  EXPECT_EQ(world.engine->stats().timer_failures, world.journal.failed_stream_reads());
  EXPECT_EQ(world.put_off.size(), 1U) << "said once";
}

TEST(EngineTimers, one_that_cannot_be_read_can_be_cancelled_when_it_can) {
  World world(1, forgetful_options());
  const auto counters = forgotten_timers(world, 1);
  world.journal.set_unreadable({timer_stream({counters[0], "a"})});
  world.host.advance(seconds(30));
  world.journal.set_unreadable({});
  world.ask(AddLater{counters[0], "a", Timestamp(), 0});
  EXPECT_EQ(world.engine->stats().timers_waiting, 0U);
  EXPECT_EQ(world.engine->stats().timers_unreadable, 0U);
  EXPECT_EQ(world.put_off.back(), "timers: well");
  world.host.advance(seconds(60));
  EXPECT_EQ(world.value(counters[0]), 0);
}

}  // namespace
}  // namespace remit::engine
