#include "kit/flow/lanes.h"

#include <gtest/gtest.h>

namespace remit::flow {
namespace {

using Verdict = Lanes::Verdict;

const TypeId kKey("pay", {1});
const TypeId kOther("pay", {2});

Record record(std::uint64_t cursor, const TypeId& key = kKey) {
  Record made;
  made.cursor = Cursor(cursor);
  made.key = key;
  return made;
}

std::vector<std::uint64_t> cursors(const std::vector<Record>& records) {
  std::vector<std::uint64_t> numbers;
  for (const Record& each : records) numbers.push_back(each.cursor.value);
  return numbers;
}

FlowState state_with(Lane lane) {
  FlowState state;
  state.lanes[kKey.to_string()] = std::move(lane);
  return state;
}

TEST(Lanes, records_of_one_key_run_one_after_the_other) {
  Lanes lanes;
  EXPECT_EQ(lanes.admit(record(1)), Verdict::Run);
  EXPECT_EQ(lanes.admit(record(2)), Verdict::Queue);
  EXPECT_EQ(lanes.admit(record(3)), Verdict::Queue);
  EXPECT_EQ(lanes.queued(), 2U);
  EXPECT_EQ(lanes.finished(kKey)->cursor, Cursor(2));
  EXPECT_EQ(lanes.admit(record(4)), Verdict::Queue);
  EXPECT_EQ(lanes.finished(kKey)->cursor, Cursor(3));
  EXPECT_EQ(lanes.finished(kKey)->cursor, Cursor(4));
  EXPECT_FALSE(lanes.finished(kKey));
  EXPECT_EQ(lanes.under_way(), 0U);
  EXPECT_EQ(lanes.admit(record(5)), Verdict::Run);
}

TEST(Lanes, keys_run_side_by_side) {
  Lanes lanes;
  EXPECT_EQ(lanes.admit(record(1)), Verdict::Run);
  EXPECT_EQ(lanes.admit(record(2, kOther)), Verdict::Run);
  EXPECT_EQ(lanes.under_way(), 2U);
}

TEST(Lanes, what_waits_behind_a_failure_is_parked_in_order) {
  Lanes lanes;
  lanes.admit(record(1));
  lanes.admit(record(2));
  lanes.admit(record(3));
  EXPECT_EQ(cursors(lanes.failed(kKey, Cursor(1))), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(lanes.in_trouble(), 1U);
  EXPECT_EQ(lanes.queued(), 0U);
  EXPECT_EQ(lanes.admit(record(4)), Verdict::Park);
  EXPECT_EQ(lanes.admit(record(5, kOther)), Verdict::Run);
}

TEST(Lanes, a_due_record_runs_and_clears_its_key) {
  Lanes lanes;
  lanes.admit(record(1));
  lanes.failed(kKey, Cursor(1));
  EXPECT_EQ(lanes.due(kKey, Cursor(1), Cursor(9)), Lanes::Due::Run);
  EXPECT_FALSE(lanes.finished(kKey));
  EXPECT_EQ(lanes.admit(record(10)), Verdict::Park)
      << "in trouble until the journal says otherwise";
  lanes.cleared(kKey, Cursor(11));
  EXPECT_EQ(lanes.in_trouble(), 1U) << "the parked record will be announced by itself";
  EXPECT_EQ(lanes.due(kKey, Cursor(10), Cursor(12)), Lanes::Due::Run);
  lanes.finished(kKey);
  lanes.cleared(kKey, Cursor(13));
  EXPECT_EQ(lanes.in_trouble(), 0U);
  EXPECT_EQ(lanes.admit(record(14)), Verdict::Run);
}

TEST(Lanes, a_redriven_record_waits_for_the_one_under_way) {
  Lanes lanes;
  lanes.admit(record(5));
  EXPECT_EQ(lanes.due(kKey, Cursor(1), Cursor(9)), Lanes::Due::Defer);
  EXPECT_EQ(lanes.admit(record(10)), Verdict::Park);
  EXPECT_FALSE(lanes.finished(kKey));
  EXPECT_EQ(lanes.due(kKey, Cursor(1), Cursor(9)), Lanes::Due::Run);
}

TEST(Lanes, after_a_start_only_the_last_word_of_the_journal_counts) {
  Lanes lanes;
  lanes.load(state_with({.status = LaneStatus::Due,
                         .head = Cursor(3),
                         .waiting = {Cursor(5)},
                         .announced_at = Cursor(8)}),
             Cursor(20));
  EXPECT_EQ(lanes.admit(record(2)), Verdict::Skip) << "finished before the head";
  EXPECT_EQ(lanes.admit(record(3)), Verdict::Skip) << "the head itself";
  EXPECT_EQ(lanes.admit(record(5)), Verdict::Skip) << "waits durably";
  EXPECT_EQ(lanes.due(kKey, Cursor(3), Cursor(6)), Lanes::Due::Skip) << "an earlier attempt";
  EXPECT_EQ(lanes.due(kKey, Cursor(3), Cursor(8)), Lanes::Due::Run);
  lanes.finished(kKey);
  EXPECT_EQ(lanes.due(kKey, Cursor(5), Cursor(21)), Lanes::Due::Run);
  EXPECT_EQ(lanes.admit(record(22)), Verdict::Park);
}

TEST(Lanes, after_a_start_a_retry_is_due_when_its_timer_says_so) {
  Lanes lanes;
  lanes.load(state_with({.status = LaneStatus::Retrying,
                         .head = Cursor(3),
                         .waiting = {},
                         .announced_at = Cursor(8)}),
             Cursor(20));
  EXPECT_EQ(lanes.due(kKey, Cursor(3), Cursor(8)), Lanes::Due::Skip) << "it failed again since";
  lanes.cleared(kKey, Cursor(15));
  EXPECT_EQ(lanes.in_trouble(), 1U) << "from an earlier trouble";
  EXPECT_EQ(lanes.due(kKey, Cursor(3), Cursor(21)), Lanes::Due::Run);
}

}  // namespace
}  // namespace remit::flow
