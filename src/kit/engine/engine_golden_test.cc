#include "kit/base/codec/golden_test.h"
#include "kit/engine/answer.h"
#include "kit/engine/timer.h"

#include <gtest/gtest.h>

namespace remit::engine {
namespace {

const TypeId kOwner("pay", {1, 2, 3});
const TypeId kRequest("req", {4, 5, 6});
constexpr Timestamp kDue{std::chrono::microseconds(1'787'218'200'123'456)};

/// What the engine itself puts into journals, as every version must be able to read it.
TEST(EngineGolden, events_of_timers) {
  codec::expect_golden("engine/timer_set.hex",
                       codec::encode(TimerSet{kOwner, "expire", kDue, kRequest, "payment.expire",
                                              to_bytes("\x01\x02")}));
  codec::expect_golden("engine/timer_cancelled.hex",
                       codec::encode(TimerCancelled{kOwner, "expire"}));
  codec::expect_golden("engine/timer_fired.hex",
                       codec::encode(TimerFired{kOwner, "expire", "payment_not_open"}));
}

TEST(EngineGolden, streams_and_command_ids_of_timers) {
  EXPECT_EQ(timer_stream({kOwner, "expire"}), TypeId::derive("tmr", kOwner, "expire"));
  codec::expect_golden_text("engine/timer_stream.txt",
                            timer_stream({kOwner, "expire"}).to_string() + "\n");
}

TEST(EngineGolden, answers_in_receipts) {
  const Bytes success = encode_answer(to_bytes("body"));
  const Bytes refusal = encode_answer(
      fail(ErrorCode::FailedPrecondition, "below_zero", "The counter would be below zero.", "by"));
  codec::expect_golden("engine/answer_success.hex", success);
  codec::expect_golden("engine/answer_refusal.hex", refusal);
  EXPECT_EQ(**decode_answer(success), to_bytes("body"));
  EXPECT_EQ((*decode_answer(refusal)).error().reason, "below_zero");
  EXPECT_EQ((*decode_answer(refusal)).error().code, ErrorCode::FailedPrecondition);
  EXPECT_FALSE(decode_answer(to_bytes("\xff")));
}

}  // namespace
}  // namespace remit::engine
