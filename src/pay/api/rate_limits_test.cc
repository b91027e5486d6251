#include "pay/api/rate_limits.h"

#include "kit/base/manual_host.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace remit::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RateLimitsTest : public testing::Test {
 protected:
  ManualHost host_{1};
  RateLimits limits_{host_.clock(), 4};
  int admitted(std::string_view name, const RateLimit& limit, int requests) {
    int count = 0;
    for (int i = 0; i < requests; ++i) count += limits_.take(name, limit).admitted ? 1 : 0;
    return count;
  }
};

TEST_F(RateLimitsTest, a_burst_then_the_rate) {
  const RateLimit limit{.per_second_max = 10, .burst_max = 5};
  EXPECT_EQ(admitted("a", limit, 20), 5);
  EXPECT_EQ(limits_.refused_total(), 15U);
  EXPECT_EQ(admitted("b", limit, 20), 5) << "each has its own";
  host_.advance(milliseconds(300));
  EXPECT_EQ(admitted("a", limit, 20), 3);
  host_.advance(seconds(60));
  EXPECT_EQ(admitted("a", limit, 20), 5) << "no more than the bucket holds";
}

TEST_F(RateLimitsTest, says_what_is_left) {
  const RateLimit limit{.per_second_max = 2, .burst_max = 6};
  const RateDecision first = limits_.take("a", limit);
  EXPECT_EQ(first.remaining, 5U);
  EXPECT_EQ(first.full_after_s, 1U);
  EXPECT_EQ(admitted("a", limit, 5), 5);
  const RateDecision refused = limits_.take("a", limit);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.remaining, 0U);
  EXPECT_EQ(refused.full_after_s, 3U);
  EXPECT_EQ(refused.retry_after_s, 1U);
  const auto response = rate_limited_response(refused);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.find("Retry-After"), "1");
  EXPECT_EQ(response.headers.find("RateLimit-Limit"), "6");
  EXPECT_EQ(response.headers.find("RateLimit-Remaining"), "0");
  EXPECT_EQ(response.headers.find("RateLimit-Reset"), "3");
  host_.advance(milliseconds(499));
  EXPECT_FALSE(limits_.take("a", limit).admitted);
  host_.advance(milliseconds(1));
  EXPECT_TRUE(limits_.take("a", limit).admitted);
}

TEST_F(RateLimitsTest, zero_is_no_limit) {
  EXPECT_EQ(admitted("a", {}, 1000), 1000);
  EXPECT_EQ(limits_.buckets(), 0U);
  net::Headers headers;
  add_rate_fields(headers, limits_.take("a", {}));
  EXPECT_EQ(headers.size(), 0U);
}

TEST_F(RateLimitsTest, memory_is_bounded_and_strangers_share_what_is_left) {
  const RateLimit limit{.per_second_max = 1, .burst_max = 2};
  host_.advance(seconds(10));
  for (const char* name : {"a", "b", "c", "d"}) EXPECT_EQ(admitted(name, limit, 3), 2);
  EXPECT_EQ(admitted("e", limit, 1) + admitted("f", limit, 1) + admitted("g", limit, 1), 2);
  EXPECT_EQ(limits_.buckets(), 4U);
  host_.advance(seconds(2));
  EXPECT_EQ(admitted("e", limit, 3), 2) << "the full ones were forgotten";
  EXPECT_EQ(limits_.buckets(), 1U);
}

/// However the requests come: in any stretch of time no more pass than the burst and what dropped in meanwhile.
RC_GTEST_PROP(RateLimitsProperty, never_more_than_promised, ()) {
  ManualHost host(1);
  RateLimits limits(host.clock());
  const RateLimit limit{.per_second_max = *rc::gen::inRange(1U, 2000U),
                        .burst_max = *rc::gen::inRange(1U, 50U)};
  const auto pauses_us = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20'000));
  std::vector<Duration> passed;
  Duration now{};
  for (const int pause : pauses_us) {
    host.advance(Duration(pause));
    now += Duration(pause);
    if (limits.take("a", limit).admitted) passed.push_back(now);
  }
  for (std::size_t from = 0; from < passed.size(); ++from) {
    for (std::size_t to = from; to < passed.size(); ++to) {
      const double took = std::chrono::duration<double>(passed[to] - passed[from]).count();
      RC_ASSERT(static_cast<double>(to - from + 1) <=
                limit.burst_max + took * limit.per_second_max + 1e-6 * limit.per_second_max + 1);
    }
  }
}

}  // namespace
}  // namespace remit::api
