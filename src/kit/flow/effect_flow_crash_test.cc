#include "kit/flow/flow_world_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace remit::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;

/// Two keys whose records succeed, fail in passing and fail for good.
ScriptedEffect::Script mixed() {
  return [](const Record& record, std::uint32_t attempts) -> std::optional<EffectOutcome> {
    if (record.key == TypeId("ctr", {1}) && record.version == 2 && attempts < 2) {
      return Retry{passing(), std::nullopt};
    }
    if (record.key == TypeId("ctr", {2}) && record.version == 1 && attempts == 0) {
      return Failed{final_failure()};
    }
    return Finished{};
  };
}

/// One step of the host, or else the next timer alone; false when nothing will ever happen any more.
bool tick(FlowWorld& world) {
  return world.host.step() || world.host.fire_next_timer();
}

/// Nothing up to the saved checkpoint may be lost with the process: it was handed over, or the journal knows that it waits.
void expect_checkpoint_is_covered(FlowWorld& world) {
  std::set<Cursor> covered;
  for (const auto& handed : world.effect.handed) covered.insert(handed.cursor);
  const auto events = world.events();
  for (const journal::Event& event : events) {
    if (event.type == RecordParked::kType.name) {
      covered.insert(codec::decode<RecordParked>(event.payload)->cursor);
    } else if (event.type == RecordDue::kType.name) {
      covered.insert(codec::decode<RecordDue>(event.payload)->cursor);
    }
  }
  for (const journal::Event& event : events) {
    const Cursor cursor(event.position.value);
    if (event.type != "counter.changed" || cursor > world.saved()) continue;
    EXPECT_TRUE(covered.contains(cursor)) << cursor.value << " is behind " << world.saved().value;
  }
}

/// The order of first hand-overs of one key; and after each crash only what is not finished for certain comes again.
void expect_in_order(const std::vector<std::uint64_t>& versions, std::uint64_t last) {
  std::uint64_t highest = 0;
  for (const std::uint64_t version : versions) {
    EXPECT_LE(version, highest + 1) << testing::PrintToString(versions);
    highest = std::max(highest, version);
  }
  EXPECT_EQ(highest, last) << testing::PrintToString(versions);
}

TEST(EffectFlowCrash, a_crash_after_any_step_loses_nothing_and_keeps_the_order) {
  bool quiet = false;
  int crash_after = 0;
  for (; !quiet && !testing::Test::HasFailure(); ++crash_after) {
    SCOPED_TRACE(fmt::format("crash after {} steps", crash_after));
    FlowWorld world;
    world.effect.script = mixed();
    for (std::uint8_t key = 1; key <= 2; ++key) {
      world.engine->submit({.command = TypeId("cmd", {key})},
                           engine::tally::Add{world.counter(key), 1, 3}, [](auto) {});
    }
    int steps = 0;
    while (steps < crash_after && tick(world)) ++steps;
    quiet = steps < crash_after;
    expect_checkpoint_is_covered(world);
    const bool added = !world.events().empty();
    world.crash();
    world.run(minutes(5));
    if (!added) continue;
    for (const TypeId& letter : world.open_dead_letters()) {
      world.submit(RedriveDeadLetter{letter, "mended"});
    }
    world.run(minutes(5));
    expect_in_order(world.effect.versions(world.counter(1)), 3);
    expect_in_order(world.effect.versions(world.counter(2)), 3);
    EXPECT_TRUE(world.state().lanes.empty());
    EXPECT_EQ(world.flow->status().keys_in_trouble, 0U);
    EXPECT_EQ(world.saved(), *world.source.end());
  }
  EXPECT_GT(crash_after, 30) << "the story must be long enough to be worth it";
}

TEST(EffectFlowCrash, a_record_under_way_is_handed_over_again) {
  FlowWorld world;
  world.effect.script = [](const Record&, std::uint32_t) { return std::nullopt; };
  world.add(world.counter(1), 2);
  world.effect.script = nullptr;
  world.crash();
  world.run();
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1, 1, 2));
}

TEST(EffectFlowCrash, a_retry_keeps_its_due_time_and_attempts) {
  FlowWorld world;
  world.effect.script = [](const Record&, std::uint32_t attempts) -> std::optional<EffectOutcome> {
    if (attempts == 0) return Retry{passing(), minutes(10)};
    return Finished{};
  };
  world.add(world.counter(1), 2);
  world.run(minutes(4));
  world.crash();
  world.run(minutes(5));
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1));
  world.run(minutes(2));
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1, 1, 2));
  EXPECT_EQ(world.effect.handed[1].attempts, 1U);
}

TEST(EffectFlowCrash, an_announced_record_that_was_retried_since_comes_once_after_a_start) {
  FlowWorld world;
  const TypeId key = world.counter(1);
  bool held = false;
  world.effect.script = [&](const Record& record,
                            std::uint32_t attempts) -> std::optional<EffectOutcome> {
    if (record.key != key) return held ? std::nullopt : std::optional<EffectOutcome>(Finished{});
    if (record.version == 1 && attempts < 3) return Retry{passing(), std::nullopt};
    return held ? std::nullopt : std::optional<EffectOutcome>(Finished{});
  };
  held = true;
  world.add(world.counter(2));  // Holds the checkpoint, so that all announcements are read again.
  world.add(key, 2);
  world.run(minutes(1));
  const std::size_t before = world.effect.versions(key).size();
  ASSERT_EQ(before, 4U);
  world.crash();
  held = false;
  world.run(minutes(1));
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 1, 1, 1, 1, 2));
  EXPECT_EQ(world.saved(), *world.source.end());
}

/// Ends the process as soon as the record with that version of the key is handed over.
class Killer {
 public:
  Killer(FlowWorld& world, TypeId key, std::uint64_t version) : world_(world) {
    world.effect.script = [this, key, version](
                              const Record& record,
                              std::uint32_t attempts) -> std::optional<EffectOutcome> {
      if (record.key == key && record.version == version && attempts >= attempts_from) {
        dying = true;
        return std::nullopt;
      }
      if (attempts < attempts_from) return Retry{passing(), std::nullopt};
      return Finished{};
    };
  }
  /// Runs, starting the process again whenever it ends; returns how often it ended.
  int run(int crashes_max) {
    int crashes = 0;
    for (int ticks = 0; ticks < 20'000; ++ticks) {
      const bool more = tick(world_);
      if (dying) {
        dying = false;
        world_.crash();
        if (++crashes == crashes_max) break;
      } else if (!more) {
        break;
      }
    }
    return crashes;
  }
  bool dying = false;
  std::uint32_t attempts_from = 0;

 private:
  FlowWorld& world_;
};

/// Three ends without a name, and three with the record under way alone.
constexpr int kCrashesBeforeDeadLetter = 6;

TEST(EffectFlowCrash, a_record_that_ends_its_process_becomes_a_dead_letter) {
  FlowWorld world;
  Killer killer(world, world.counter(2), 1);
  for (std::uint8_t key = 1; key <= 4; ++key) {
    world.engine->submit({.command = TypeId("cmd", {key})},
                         engine::tally::Add{world.counter(key), 1, 2}, [](auto) {});
  }
  EXPECT_EQ(killer.run(20), kCrashesBeforeDeadLetter);
  const auto letters = world.open_dead_letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(world.look<DeadLetter>(letters[0])->reason, "process_crashed");
  EXPECT_EQ(world.look<DeadLetter>(letters[0])->key, world.counter(2));
  expect_in_order(world.effect.versions(world.counter(4)), 2);
  const Checkpoint after = *world.disk.load(world.options.name);
  EXPECT_EQ(after.cursor, *world.source.end());
  EXPECT_EQ(after.starts, 0U);
  EXPECT_EQ(after.suspect, Cursor());
}

TEST(EffectFlowCrash, the_record_that_ends_the_process_is_found_far_behind_the_checkpoint) {
  FlowWorld world;
  Killer killer(world, world.counter(77), 1);
  for (std::uint8_t key = 1; key <= 120; ++key) {
    world.engine->submit({.command = TypeId("cmd", {key})},
                         engine::tally::Add{world.counter(key), 1, 1}, [](auto) {});
  }
  EXPECT_EQ(killer.run(20), kCrashesBeforeDeadLetter);
  EXPECT_EQ(world.open_dead_letters().size(), 1U);
  EXPECT_EQ(world.effect.versions(world.counter(120)).empty(), false);
}

TEST(EffectFlowCrash, a_retried_record_that_ends_the_process_becomes_a_dead_letter_too) {
  FlowWorld world;
  Killer killer(world, world.counter(1), 1);
  killer.attempts_from = 2;
  world.engine->submit({.command = TypeId("cmd", {1})}, engine::tally::Add{world.counter(1), 1, 1},
                       [](auto) {});
  // The checkpoint moves behind the record when it is retried, so the count begins anew once.
  EXPECT_LE(killer.run(20), 2 * kCrashesBeforeDeadLetter);
  const auto letters = world.open_dead_letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(world.look<DeadLetter>(letters[0])->reason, "process_crashed");
}

}  // namespace
}  // namespace remit::flow
