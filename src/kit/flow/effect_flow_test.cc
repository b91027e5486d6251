#include "kit/flow/effect_flow.h"

#include "kit/flow/flow_world_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace remit::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kHeld = [](const Record&, std::uint32_t) { return std::nullopt; };

/// Fails the records of that version with the outcome, as often as it says, and finishes all others.
ScriptedEffect::Script failing(std::uint64_t version, EffectOutcome outcome, int times) {
  return [version, outcome, times](const Record& record,
                                   std::uint32_t) mutable -> std::optional<EffectOutcome> {
    if (record.version != version || times == 0) return Finished{};
    --times;
    return outcome;
  };
}

EffectFlowOptions with_policy(AfterDeadLetter policy) {
  EffectFlowOptions options = FlowWorld::default_options();
  options.after_dead_letter = policy;
  return options;
}

TEST(EffectFlow, hands_every_record_over_once_and_saves_how_far_it_came) {
  FlowWorld world;
  world.add(world.counter(1), 3);
  world.add(world.counter(2), 2);
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1, 2, 3));
  EXPECT_THAT(world.effect.versions(world.counter(2)), ElementsAre(1, 2));
  EXPECT_EQ(world.saved(), *world.source.end());
  const FlowStatus status = world.flow->status();
  EXPECT_EQ(status.records_finished, 5U);
  EXPECT_EQ(status.lag_records, 0U);
  EXPECT_EQ(status.lag, Duration{0});
}

TEST(EffectFlow, keys_run_side_by_side_and_each_in_order) {
  FlowWorld world;
  world.effect.script = kHeld;
  for (std::uint8_t key = 1; key <= 5; ++key) world.add(world.counter(key), 2);
  EXPECT_EQ(world.effect.under_way_max, 5U);
  EXPECT_EQ(world.effect.handed.size(), 5U) << "second records wait for the first ones";
  EXPECT_EQ(world.flow->status().in_flight, 5U);
  world.effect.finish(Cursor(3));
  world.run();
  EXPECT_THAT(world.effect.versions(world.counter(2)), ElementsAre(1, 2));
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1));
}

TEST(EffectFlow, stays_within_what_may_be_in_flight_and_queued) {
  EffectFlowOptions options = FlowWorld::default_options();
  options.in_flight_max = 3;
  FlowWorld world(1, options);
  world.effect.script = kHeld;
  for (std::uint8_t key = 1; key <= 9; ++key) world.add(world.counter(key));
  EXPECT_EQ(world.effect.handed.size(), 3U);
  while (!world.effect.open.empty()) {
    world.effect.finish(world.effect.open.begin()->first);
    world.run();
  }
  EXPECT_EQ(world.effect.handed.size(), 9U);
  EXPECT_EQ(world.effect.under_way_max, 3U);
}

TEST(EffectFlow, one_slow_effect_holds_the_checkpoint_and_nothing_else) {
  FlowWorld world;
  world.effect.script = [](const Record& record, std::uint32_t) -> std::optional<EffectOutcome> {
    if (record.cursor.value == 1) return std::nullopt;
    return Finished{};
  };
  world.add(world.counter(1));
  for (std::uint8_t key = 2; key <= 6; ++key) world.add(world.counter(key));
  EXPECT_EQ(world.effect.handed.size(), 6U);
  EXPECT_EQ(world.saved(), Cursor(0));
  EXPECT_GT(world.flow->status().lag, Duration{0});
  world.effect.finish(Cursor(1));
  world.run();
  EXPECT_EQ(world.saved(), *world.source.end());
}

TEST(EffectFlow, a_passing_failure_is_journalled_with_its_due_time_and_later_records_wait) {
  FlowWorld world;
  const TypeId key = world.counter(1);
  world.effect.script = failing(1, Retry{passing(), std::nullopt}, 2);
  world.add(key, 3);
  const FlowState state = world.state();
  ASSERT_EQ(state.lanes.size(), 1U);
  const Lane& lane = state.lanes.begin()->second;
  EXPECT_EQ(lane.status, LaneStatus::Retrying);
  EXPECT_EQ(lane.attempts, 1U);
  EXPECT_THAT(lane.waiting, ElementsAre(Cursor(2), Cursor(3)));
  EXPECT_GT(lane.due, world.host.clock().now());
  EXPECT_NE(lane.cause.find("bank_down"), std::string::npos);
  EXPECT_EQ(world.saved(), *world.source.end()) << "a retry never holds the checkpoint";
  world.run(seconds(5));
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 1, 1, 2, 3));
  EXPECT_EQ(world.effect.handed[2].attempts, 2U);
  EXPECT_TRUE(world.state().lanes.empty());
  EXPECT_EQ(world.flow->status().keys_in_trouble, 0U);
}

TEST(EffectFlow, waits_as_long_as_the_other_side_asked) {
  FlowWorld world;
  world.effect.script = failing(1, Retry{passing(), minutes(3)}, 1);
  world.add(world.counter(1));
  world.run(minutes(2));
  EXPECT_EQ(world.effect.handed.size(), 1U);
  world.run(minutes(1));
  EXPECT_EQ(world.effect.handed.size(), 2U);
}

TEST(EffectFlow, delays_grow_to_their_bound) {
  EffectFlowOptions options = FlowWorld::default_options();
  options.retry_delay_max = seconds(4);
  FlowWorld world(1, options);
  std::vector<Timestamp> at;
  world.effect.script = [&](const Record&, std::uint32_t) -> std::optional<EffectOutcome> {
    at.push_back(world.host.clock().now());
    return Retry{passing(), std::nullopt};
  };
  world.add(world.counter(1));
  world.run(minutes(2));
  ASSERT_EQ(at.size(), 12U) << "attempts_max";
  for (std::size_t i = 1; i < at.size(); ++i) {
    const Duration delay = at[i] - at[i - 1];
    const Duration cap = std::min<Duration>(milliseconds(500) * (1 << (i - 1)), seconds(4));
    EXPECT_GE(delay, cap / 2);
    EXPECT_LE(delay, cap + milliseconds(10));
  }
  EXPECT_EQ(world.open_dead_letters().size(), 1U);
}

TEST(EffectFlow, a_record_that_the_disk_does_not_give_is_asked_for_again) {
  FlowWorld world;
  const TypeId key = world.counter(1);
  world.effect.script = failing(1, Retry{passing(), std::nullopt}, 1);
  world.add(key, 2);
  for (const auto& [code, reason] :
       {std::pair{ErrorCode::OutcomeUnknown, "disk_error"},
        std::pair{ErrorCode::FailedPrecondition, "database_not_accessible"},
        std::pair{ErrorCode::Internal, "database_error"}}) {
    world.source.failure = Error{code, reason, "EIO", {}, nullptr};
    world.run(seconds(5));
    EXPECT_THAT(world.effect.versions(key), ElementsAre(1)) << reason;
    EXPECT_THAT(world.open_dead_letters(), IsEmpty()) << reason;
  }
  world.source.failure.reset();
  world.run(minutes(5));
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 1, 2));
  EXPECT_TRUE(world.state().lanes.empty());
}

TEST(EffectFlow, a_journal_that_cannot_be_read_is_asked_less_and_less_often) {
  EffectFlowOptions options = FlowWorld::default_options();
  options.retry_delay_min = milliseconds(1);
  options.retry_delay_max = seconds(1);
  FlowWorld world(1, options);
  world.source.failure_of_all = Error{ErrorCode::OutcomeUnknown, "disk_error", "EIO", {}, nullptr};
  world.add(world.counter(1));
  world.run(minutes(1));
  const std::uint64_t before = world.source.reads;
  for (int i = 0; i < 1000; ++i) {
    world.flow->wake();
    world.run(milliseconds(60));
  }
  EXPECT_LE(world.source.reads - before, 61U) << "once a second, however often it is woken";
  EXPECT_GE(world.source.reads - before, 59U);
  EXPECT_THAT(world.flow->status().trouble, HasSubstr("EIO"));
  world.source.failure_of_all.reset();
  world.run(seconds(1));
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1));
  EXPECT_EQ(world.flow->status().trouble, "");
}

TEST(EffectFlow, a_journal_that_cannot_be_read_is_not_caught_up) {
  FlowWorld world;
  world.source.failure_of_all = Error{ErrorCode::Corrupt, "page_damaged", "Damaged.", {}, nullptr};
  world.add(world.counter(1));
  world.run(minutes(9));
  EXPECT_GE(world.flow->status().lag, minutes(9) - seconds(1));
  world.source.failure_of_all.reset();
  world.run(seconds(10));
  EXPECT_EQ(world.flow->status().lag, Duration{0});
}

TEST(EffectFlow, trouble_is_over_with_its_own_cause) {
  FlowWorld world;
  world.effect.script = kHeld;
  world.table->failure = Error{ErrorCode::Unavailable, "no_space", "ENOSPC", {}, nullptr};
  world.add(world.counter(1));
  world.effect.finish(Cursor(1));
  world.run(seconds(1));
  world.flow->wake();
  world.run(seconds(1));
  EXPECT_THAT(world.flow->status().trouble, HasSubstr("ENOSPC")) << "the journal can be read";
  world.table->failure.reset();
  world.run(seconds(2));
  EXPECT_EQ(world.flow->status().trouble, "") << "without anything new to read";
  EXPECT_EQ(world.saved(), Cursor(1));
}

TEST(EffectFlow, an_outage_of_the_journal_outlasts_itself_by_ten_seconds_at_most) {
  FlowWorld world;
  world.source.failure_of_all = Error{ErrorCode::OutcomeUnknown, "disk_error", "EIO", {}, nullptr};
  world.add(world.counter(1));
  world.run(minutes(9));
  world.source.failure_of_all.reset();
  world.run(seconds(10));
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1));
}

TEST(EffectFlow,
     each_outage_begins_with_a_short_delay_also_where_keys_in_trouble_are_at_their_bound) {
  EffectFlowOptions options = FlowWorld::default_options();
  options.keys_in_trouble_max = 1;
  FlowWorld world(1, options);
  world.effect.script = [](const Record&, std::uint32_t) -> std::optional<EffectOutcome> {
    return Retry{passing(), minutes(20)};
  };
  world.add(world.counter(1));
  world.add(world.counter(2));
  for (int outage = 0; outage < 20; ++outage) {
    world.source.failure_of_all =
        Error{ErrorCode::OutcomeUnknown, "disk_error", "EIO", {}, nullptr};
    world.flow->wake();
    world.run(milliseconds(100));
    EXPECT_THAT(world.flow->status().trouble, HasSubstr("EIO")) << outage;
    world.source.failure_of_all.reset();
    world.run(seconds(1));
    EXPECT_EQ(world.flow->status().trouble, "") << outage;
  }
}

TEST(EffectFlow, a_record_that_is_damaged_is_a_dead_letter) {
  FlowWorld world;
  const TypeId key = world.counter(1);
  world.effect.script = failing(1, Retry{passing(), std::nullopt}, 1);
  world.add(key, 1);
  world.source.failure = Error{ErrorCode::Corrupt, "commit_corrupt", "bits", {}, nullptr};
  world.run(seconds(5));
  EXPECT_EQ(world.open_dead_letters().size(), 1U);
}

TEST(EffectFlow, a_final_failure_is_a_dead_letter_that_holds_its_key) {
  FlowWorld world;
  const TypeId key = world.counter(1);
  world.effect.script = failing(1, Failed{final_failure()}, 1);
  world.add(key, 2);
  world.add(world.counter(2));
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1));
  EXPECT_THAT(world.effect.versions(world.counter(2)), ElementsAre(1));
  const auto letters = world.open_dead_letters();
  ASSERT_EQ(letters.size(), 1U);
  const DeadLetter letter = *world.look<DeadLetter>(letters[0]);
  EXPECT_EQ(letter.reason, "bad_iban");
  EXPECT_EQ(letter.key, key);
  EXPECT_EQ(letter.cursor, Cursor(1));
  EXPECT_EQ(letter.record_type, "counter.changed");
  world.submit(RedriveDeadLetter{letters[0], "the account was mended"});
  world.run();
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 1, 2));
  EXPECT_THAT(world.open_dead_letters(), IsEmpty());
  EXPECT_TRUE(world.state().lanes.empty());
  world.submit(RedriveDeadLetter{letters[0], "again"}, "dead_letter_closed");
}

TEST(EffectFlow, a_discarded_dead_letter_lets_the_next_record_pass) {
  FlowWorld world;
  const TypeId key = world.counter(1);
  world.effect.script = failing(1, Failed{final_failure()}, 1);
  world.add(key, 3);
  const TypeId letter = world.open_dead_letters().at(0);
  world.submit(DiscardDeadLetter{letter, ""}, "reason_missing");
  world.submit(DiscardDeadLetter{letter, "the customer gave up"});
  world.run();
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 2, 3));
  EXPECT_EQ(world.look<DeadLetter>(letter)->status, DeadLetterStatus::Discarded);
  EXPECT_EQ(world.flow->status().keys_in_trouble, 0U);
}

TEST(EffectFlow, a_redriven_record_that_fails_again_is_a_new_dead_letter) {
  FlowWorld world;
  const TypeId key = world.counter(1);
  world.effect.script = failing(1, Failed{final_failure()}, 2);
  world.add(key, 2);
  const TypeId first = world.open_dead_letters().at(0);
  world.submit(RedriveDeadLetter{first, "try"});
  world.run();
  const auto letters = world.open_dead_letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_NE(letters[0], first);
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 1));
  world.submit(RedriveDeadLetter{letters[0], "try"});
  world.run();
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 1, 1, 2));
}

TEST(EffectFlow, with_skip_later_records_pass_and_a_redrive_takes_its_turn) {
  FlowWorld world(1, with_policy(AfterDeadLetter::Skip));
  const TypeId key = world.counter(1);
  world.effect.script = failing(1, Failed{final_failure()}, 1);
  world.add(key, 2);
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 2));
  EXPECT_TRUE(world.state().lanes.empty());
  world.effect.script = kHeld;
  world.add(key);
  const Cursor third = world.effect.handed.back().cursor;
  world.submit(RedriveDeadLetter{world.open_dead_letters().at(0), "mended"});
  world.run();
  EXPECT_EQ(world.effect.handed.size(), 3U) << "behind the record under way";
  world.add(key);
  world.effect.finish(third);
  world.run();
  world.effect.finish(Cursor(1));
  world.run();
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 2, 3, 1, 4));
}

TEST(EffectFlow, with_skip_a_record_that_failed_in_passing_first_lets_the_next_one_go) {
  FlowWorld world(1, with_policy(AfterDeadLetter::Skip));
  const TypeId key = world.counter(1);
  world.effect.script = [](const Record& record,
                           std::uint32_t attempts) -> std::optional<EffectOutcome> {
    if (record.version > 1) return Finished{};
    if (attempts == 0) return Retry{passing(), std::nullopt};
    return Failed{final_failure()};
  };
  world.add(key, 3);
  world.run(seconds(2));
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 1, 2, 3));
  EXPECT_EQ(world.flow->status().keys_in_trouble, 0U);
}

TEST(EffectFlow, a_full_list_of_keys_in_trouble_stops_new_records_and_not_retries) {
  EffectFlowOptions options = FlowWorld::default_options();
  options.keys_in_trouble_max = 3;
  FlowWorld world(1, options);
  bool bank_is_down = true;
  world.effect.script = [&](const Record&, std::uint32_t) -> std::optional<EffectOutcome> {
    if (bank_is_down) return Retry{passing(), std::nullopt};
    return Finished{};
  };
  for (std::uint8_t key = 1; key <= 6; ++key) world.add(world.counter(key));
  EXPECT_EQ(world.flow->status().keys_in_trouble, 3U);
  EXPECT_THAT(world.effect.versions(world.counter(4)), IsEmpty());
  world.run(seconds(3));
  EXPECT_GT(world.effect.versions(world.counter(1)).size(), 2U) << "retries go on";
  bank_is_down = false;
  world.run(minutes(1));
  for (std::uint8_t key = 1; key <= 6; ++key) {
    EXPECT_FALSE(world.effect.versions(world.counter(key)).empty()) << int(key);
  }
  EXPECT_EQ(world.flow->status().keys_in_trouble, 0U);
  EXPECT_EQ(world.saved(), *world.source.end());
}

TEST(EffectFlow, parked_records_keep_their_order_when_the_journal_refuses) {
  FlowWorld world;
  const TypeId key = world.counter(1);
  world.effect.script = kHeld;
  world.add(key, 6);
  int appends = 0;
  world.journal.set_faults([&] {
    ++appends;
    return appends < 12 && appends % 2 == 1 ? journal::AppendFault::Refuse
                                            : journal::AppendFault::None;
  });
  world.effect.script = nullptr;
  world.effect.finish(Cursor(1), Retry{passing(), std::nullopt});
  world.run(minutes(2));
  EXPECT_GT(appends, 12);
  EXPECT_THAT(world.effect.versions(key), ElementsAre(1, 1, 2, 3, 4, 5, 6));
}

TEST(EffectFlow, starts_even_when_the_engine_is_busy_recovering) {
  FlowWorld world;
  world.add(world.counter(1));
  bool refuse = true;
  world.journal.set_faults([&] {
    return std::exchange(refuse, false) ? journal::AppendFault::Refuse : journal::AppendFault::None;
  });
  world.crash();
  // Its look at the states is staged on a commit that the disk refuses.
  world.engine->submit({.command = TypeId("cmd", {7})}, engine::tally::Add{world.counter(2), 1, 1},
                       [](auto) {});
  world.run(seconds(10));
  world.add(world.counter(3));
  EXPECT_THAT(world.effect.versions(world.counter(3)), ElementsAre(1));
}

TEST(EffectFlow, pauses_and_resumes_and_remembers_both) {
  FlowWorld world;
  world.submit(PauseFlow{world.options.name, true});
  world.flow->set_paused(true);
  world.add(world.counter(1));
  EXPECT_THAT(world.effect.handed, IsEmpty());
  EXPECT_TRUE(world.flow->status().paused);
  world.crash();
  world.run();
  EXPECT_THAT(world.effect.handed, IsEmpty());
  world.submit(PauseFlow{world.options.name, false});
  world.flow->set_paused(false);
  world.run();
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1));
}

TEST(EffectFlow, keeps_to_its_rate_and_remembers_it) {
  FlowWorld world;
  world.submit(ThrottleFlow{world.options.name, 2});
  world.crash();
  world.run(seconds(1));
  world.add(world.counter(1), 11);
  const std::size_t before = world.effect.handed.size();
  EXPECT_LE(before, 2U);
  world.run(seconds(2));
  EXPECT_LE(world.effect.handed.size(), before + 5);
  EXPECT_GE(world.effect.handed.size(), before + 3);
  world.flow->set_throttle(0);
  world.run();
  EXPECT_EQ(world.effect.handed.size(), 11U);
}

TEST(EffectFlow, an_orderly_stop_keeps_how_far_it_came) {
  FlowWorld world;
  world.effect.script = [](const Record& record, std::uint32_t) -> std::optional<EffectOutcome> {
    if (record.version == 4) return std::nullopt;
    return Finished{};
  };
  world.add(world.counter(1), 5);
  world.close();
  EXPECT_EQ(world.saved(), Cursor(3));
  world.effect.finish(Cursor(4));  // Nobody is there to hear it.
  world.effect.script = nullptr;
  world.open();
  world.run();
  EXPECT_THAT(world.effect.versions(world.counter(1)), ElementsAre(1, 2, 3, 4, 4, 5));
}

}  // namespace
}  // namespace remit::flow
