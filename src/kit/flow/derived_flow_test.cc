#include "kit/flow/derived_flow.h"

#include "kit/base/manual_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace remit::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Longer than a flow gathers records for its next batch.
constexpr Duration kGather = std::chrono::milliseconds(60);

/// Records 1, 2, 3 ... made by the test.
class ListSource final : public Source {
 public:
  Result<std::vector<Record>> read(Cursor after, journal::ReadLimits limits) override {
    if (broken) return fail(ErrorCode::Unavailable, "journal_down", "The journal does not answer.");
    std::vector<Record> records;
    for (std::uint64_t at = after.value + 1; at <= count && records.size() < limits.events_max;
         ++at) {
      records.push_back(*this->at(Cursor(at)));
    }
    return records;
  }
  Result<Batch> read_wanted(Cursor after, journal::ReadLimits limits,
                            const journal::TypeFilter& wanted) override {
    Batch batch{.records = TRY(read(after, limits))};
    if (!batch.records.empty()) batch.through = batch.records.back().cursor;
    batch.more = batch.through.value != 0 && batch.through.value < count;
    std::erase_if(batch.records, [&](const Record& record) { return !wanted(record.type); });
    return batch;
  }
  Result<Record> at(Cursor cursor) override {
    if (broken) return fail(ErrorCode::Unavailable, "journal_down", "The journal does not answer.");
    Record record;
    record.cursor = cursor;
    record.type = "thing.happened";
    record.time = ManualHost::kStart;
    return record;
  }
  Result<Cursor> end() override {
    if (end_broken) {
      return fail(ErrorCode::Unavailable, "journal_down", "The journal does not answer.");
    }
    return Cursor(count);
  }

  std::uint64_t count = 0;
  bool broken = false;
  bool end_broken = false;
};

/// Rows and checkpoint as one value, replaced in whole as a transaction does.
class ListProjection final : public Projection {
 public:
  struct Rows {
    std::vector<std::uint64_t> cursors;
    Cursor checkpoint;
  };
  std::string name() const override { return "list"; }
  bool wants(std::string_view) const override { return true; }
  Result<Cursor> checkpoint() override { return committed.checkpoint; }
  Result<void> apply(std::span<const Record> records, Cursor through) override {
    ++applies;
    if (error) return std::unexpected(*error);
    Rows rows = committed;
    for (const Record& record : records) {
      if (record.cursor == poison) {
        return fail(ErrorCode::Corrupt, "bad_payload", "The payload does not decode.");
      }
      rows.cursors.push_back(record.cursor.value);
    }
    rows.checkpoint = through;
    committed = std::move(rows);
    return {};
  }
  Result<void> reset() override {
    ++resets;
    if (error) return std::unexpected(*error);
    committed = {};
    return {};
  }

  Rows committed;
  Cursor poison;
  std::optional<Error> error;
  int applies = 0;
  int resets = 0;
};

class DerivedFlowTest : public testing::Test {
 protected:
  void open(std::size_t batch_records_max = 4) {
    flow.reset();
    flow = std::make_unique<DerivedFlow>(DerivedFlow::Ports{source, projection, host},
                                         batch_records_max);
    ASSERT_TRUE(flow->start());
  }
  void add(std::uint64_t records) {
    source.count += records;
    flow->wake();
    host.step_until_idle();
    host.advance(kGather);
  }
  void expect_rows_up_to(std::uint64_t last) {
    std::vector<std::uint64_t> expected;
    for (std::uint64_t at = 1; at <= last; ++at) expected.push_back(at);
    EXPECT_EQ(projection.committed.cursors, expected);
    EXPECT_EQ(projection.committed.checkpoint, Cursor(last));
  }
  /// What a waiter has heard.
  std::shared_ptr<std::optional<bool>> wait_for(std::uint64_t cursor, Duration patience) {
    auto heard = std::make_shared<std::optional<bool>>();
    flow->when_reached(Cursor(cursor), patience, [heard](bool reached) { *heard = reached; });
    return heard;
  }

  ManualHost host{1};
  ListSource source;
  ListProjection projection;
  std::unique_ptr<DerivedFlow> flow;
};

TEST_F(DerivedFlowTest, takes_everything_in_once_and_in_order) {
  source.count = 10;
  open();
  host.step_until_idle();
  expect_rows_up_to(10);
  EXPECT_EQ(projection.applies, 3);
  add(1);
  expect_rows_up_to(11);
  EXPECT_EQ(flow->status().lag_records, 0U);
  EXPECT_EQ(flow->status().records_finished, 11U);
}

TEST_F(DerivedFlowTest, few_records_are_gathered_unless_somebody_waits) {
  source.count = 3;
  open();
  host.step_until_idle();
  const int applies = projection.applies;
  for (int i = 0; i < 10; ++i) {
    ++source.count;
    flow->wake();
    host.step_until_idle();
  }
  EXPECT_EQ(projection.applies, applies);
  host.advance(kGather);
  expect_rows_up_to(13);
  ++source.count;
  flow->wake();
  const auto reached = wait_for(14, seconds(1));
  host.step_until_idle();
  EXPECT_EQ(*reached, true);
}

TEST_F(DerivedFlowTest, a_crash_after_any_step_repeats_and_loses_nothing) {
  for (int crash_after = 0; crash_after < 6; ++crash_after) {
    projection.committed = {};
    source.count = 15;
    open();
    for (int step = 0; step < crash_after; ++step) host.step();
    open();
    host.step_until_idle();
    expect_rows_up_to(15);
  }
}

TEST_F(DerivedFlowTest, a_record_that_cannot_be_taken_in_stops_the_flow_and_is_named) {
  projection.poison = Cursor(7);
  open();
  add(10);
  expect_rows_up_to(6);
  const FlowStatus stopped = flow->status();
  EXPECT_THAT(stopped.trouble, HasSubstr("the record at 7 (thing.happened)"));
  EXPECT_THAT(stopped.trouble, HasSubstr("bad_payload"));
  EXPECT_EQ(stopped.lag_records, 4U);
  EXPECT_EQ(stopped.checkpoint, Cursor(6));
  host.advance(seconds(30));
  EXPECT_EQ(flow->status().lag, seconds(30) + kGather);
  projection.poison = Cursor();
  host.advance(seconds(11));
  expect_rows_up_to(10);
  EXPECT_EQ(flow->status().trouble, "");
}

TEST_F(DerivedFlowTest, a_store_that_is_away_is_asked_again_ever_more_slowly) {
  open();
  projection.error = Error{ErrorCode::Unavailable, "store_down", "Start it.", {}, {}};
  add(5);
  EXPECT_EQ(projection.applies, 1) << "halving a batch would not help";
  host.advance(seconds(60));
  EXPECT_GT(projection.applies, 8);
  EXPECT_LT(projection.applies, 20);
  projection.error.reset();
  host.advance(seconds(10));
  expect_rows_up_to(5);
}

TEST_F(DerivedFlowTest, trouble_with_the_source_is_over_when_it_answers_again) {
  open();
  add(2);
  source.broken = true;
  add(0);
  EXPECT_THAT(flow->status().trouble, HasSubstr("journal_down"));
  source.broken = false;
  host.advance(seconds(1));
  EXPECT_EQ(flow->status().trouble, "") << "there is nothing new to read, and nothing wrong";
}

TEST_F(DerivedFlowTest, what_cannot_be_read_is_not_caught_up) {
  open();
  add(2);
  source.broken = true;
  add(3);
  host.advance(minutes(10));
  EXPECT_EQ(flow->status().lag_records, 3U);
  EXPECT_GE(flow->status().lag, minutes(10)) << "nobody looked before, but it knows since when";
  host.advance(minutes(10));
  EXPECT_GE(flow->status().lag, minutes(20));
  source.broken = false;
  host.advance(seconds(11));
  EXPECT_EQ(flow->status().lag, Duration());
}

TEST_F(DerivedFlowTest, the_age_that_was_known_stays_known_when_it_cannot_be_read) {
  open();
  flow->set_paused(true);
  host.step_until_idle();
  host.advance(minutes(30));
  add(3);
  const Duration known = flow->status().lag;
  EXPECT_GE(known, minutes(30));
  source.broken = true;
  host.advance(minutes(10));
  EXPECT_EQ(flow->status().trouble, "") << "it is paused and does not read";
  EXPECT_EQ(flow->status().lag, known + minutes(10));
}

TEST_F(DerivedFlowTest, an_end_that_cannot_be_read_is_not_reached) {
  open();
  flow->set_paused(true);
  add(3);
  EXPECT_EQ(flow->status().lag_records, 3U);
  source.broken = true;
  source.end_broken = true;
  EXPECT_EQ(flow->status().lag_records, 3U) << "the last that was known";
  open();
  host.step_until_idle();
  (void)flow->status();
  host.advance(minutes(10));
  EXPECT_GE(flow->status().lag, minutes(10)) << "also where none is known";
  source.broken = false;
  source.end_broken = false;
  host.advance(seconds(11));
  EXPECT_EQ(flow->status().lag, Duration());
}

TEST_F(DerivedFlowTest, when_reached_answers_at_the_right_moment) {
  open();
  add(3);
  EXPECT_EQ(*wait_for(3, seconds(1)), true);
  const auto soon = wait_for(5, seconds(1));
  const auto never = wait_for(9, seconds(1));
  EXPECT_FALSE(*soon);
  add(2);
  EXPECT_EQ(*soon, true);
  EXPECT_FALSE(*never);
  host.advance(seconds(1));
  EXPECT_EQ(*never, false);
  const auto left = wait_for(9, seconds(1));
  flow->stop();
  EXPECT_EQ(*left, false);
}

TEST_F(DerivedFlowTest, too_many_waiters_are_refused_at_once) {
  open();
  std::vector<std::shared_ptr<std::optional<bool>>> waiting;
  for (std::size_t i = 0; i < DerivedFlow::kWaitersMax; ++i) {
    waiting.push_back(wait_for(1, seconds(1)));
  }
  EXPECT_EQ(*wait_for(1, seconds(1)), false);
  add(1);
  for (const auto& each : waiting) EXPECT_EQ(*each, true);
}

TEST_F(DerivedFlowTest, a_rebuild_makes_the_same_rows_again) {
  open();
  add(9);
  flow->rebuild();
  host.step_until_idle();
  EXPECT_EQ(projection.resets, 1);
  expect_rows_up_to(9);
  EXPECT_EQ(flow->status().records_finished, 18U);
}

TEST_F(DerivedFlowTest, a_rebuild_that_cannot_begin_is_tried_again_and_nobody_is_told_otherwise) {
  open();
  add(9);
  projection.error = Error{ErrorCode::Unavailable, "store_down", "Start it.", {}, {}};
  flow->rebuild();
  host.step_until_idle();
  const auto waiter = wait_for(9, seconds(30));
  projection.error.reset();
  host.advance(seconds(20));
  EXPECT_GE(projection.resets, 2);
  EXPECT_EQ(*waiter, true);
  expect_rows_up_to(9);
}

TEST_F(DerivedFlowTest, pauses_and_resumes) {
  open();
  flow->set_paused(true);
  add(4);
  EXPECT_THAT(projection.committed.cursors, IsEmpty());
  EXPECT_TRUE(flow->status().paused);
  flow->set_paused(false);
  host.step_until_idle();
  expect_rows_up_to(4);
}

}  // namespace
}  // namespace remit::flow
