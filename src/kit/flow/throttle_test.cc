#include "kit/flow/throttle.h"

#include <gtest/gtest.h>

namespace remit::flow {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Monotonic kStart{seconds(1000)};

TEST(Throttle, without_a_rate_everything_passes) {
  Throttle throttle;
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(throttle.take(kStart));
  EXPECT_EQ(throttle.wait(kStart), Duration{0});
}

TEST(Throttle, lets_one_pass_at_once_and_then_one_per_interval) {
  Throttle throttle;
  throttle.set(10, kStart);
  EXPECT_TRUE(throttle.take(kStart));
  EXPECT_FALSE(throttle.take(kStart));
  EXPECT_EQ(throttle.wait(kStart), milliseconds(100));
  EXPECT_FALSE(throttle.take(kStart + milliseconds(99)));
  EXPECT_TRUE(throttle.take(kStart + milliseconds(101)));
}

TEST(Throttle, saves_up_one_seconds_worth_and_no_more) {
  Throttle throttle;
  throttle.set(5, kStart);
  const Monotonic later = kStart + seconds(3600);
  int passed = 0;
  while (throttle.take(later)) ++passed;
  EXPECT_EQ(passed, 5);
}

TEST(Throttle, waiting_as_told_is_enough_for_any_rate) {
  for (const std::uint32_t rate : {1U, 3U, 7U, 333U, 9'999U, 1'000'000U}) {
    Throttle throttle;
    throttle.set(rate, kStart);
    Monotonic now = kStart;
    int turns = 0;
    for (int passed = 0; passed < 100; ++turns) {
      ASSERT_LT(turns, 400) << "rate " << rate;
      if (throttle.take(now)) {
        ++passed;
      } else {
        const Duration wait = throttle.wait(now);
        ASSERT_GT(wait, Duration{0}) << "rate " << rate;
        now += wait;
      }
    }
    const auto ideal = std::chrono::duration<double>(99.0 / rate);
    EXPECT_GE(now - kStart + microseconds(1), std::chrono::duration_cast<Duration>(ideal));
  }
}

TEST(Throttle, a_lower_rate_holds_at_once_and_a_lifted_one_lets_all_pass) {
  Throttle throttle;
  throttle.set(1000, kStart);
  const Monotonic later = kStart + seconds(5);
  EXPECT_TRUE(throttle.take(later));
  throttle.set(2, later);
  int passed = 0;
  while (throttle.take(later)) ++passed;
  EXPECT_EQ(passed, 2);
  throttle.set(0, later);
  EXPECT_TRUE(throttle.take(later));
}

}  // namespace
}  // namespace remit::flow
