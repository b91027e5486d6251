#include "pay/webhooks/deliver.h"

#include <gtest/gtest.h>

namespace remit::webhooks {
namespace {

constexpr Timestamp kNow{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z

net::HttpResponse response(int status, std::string retry_after = {}) {
  net::HttpResponse made{.status = status};
  if (!retry_after.empty()) made.headers.add("Retry-After", std::move(retry_after));
  return made;
}

TEST(Judge, TellsDeliveredFromFailedAndGone) {
  for (const int status : {200, 201, 204, 299})
    EXPECT_TRUE(judge(response(status), kNow).delivered);
  EXPECT_EQ(judge(response(302), kNow).error, "redirect_not_followed");
  EXPECT_EQ(judge(response(404), kNow).error, "status_not_2xx");
  EXPECT_EQ(judge(response(500), kNow).error, "status_not_2xx");
  EXPECT_TRUE(judge(response(410), kNow).gone);
  EXPECT_FALSE(judge(response(404), kNow).gone);
  const Verdict none =
      judge(fail(ErrorCode::OutcomeUnknown, "response_timeout", "No answer."), kNow);
  EXPECT_EQ(none.error, "response_timeout");
  EXPECT_EQ(none.status_code, 0u);
}

TEST(Judge, ReadsBothFormsOfRetryAfterAndBoundsThem) {
  const auto of = [](std::string text) {
    return judge(response(503, std::move(text)), kNow).retry_after;
  };
  EXPECT_EQ(of("120"), std::chrono::seconds(120));
  EXPECT_EQ(of("Thu, 01 Jan 2026 00:01:00 GMT"), std::chrono::seconds(60));
  EXPECT_EQ(of("Wed, 31 Dec 2025 00:00:00 GMT"), std::chrono::seconds(0));
  EXPECT_EQ(of("99999999"), std::chrono::hours(24));
  EXPECT_EQ(of("-5"), std::chrono::seconds(0));
  EXPECT_EQ(of("soon"), std::nullopt);
  EXPECT_EQ(of("99999999999999999999"), std::nullopt);
}

TEST(NextAttempt, FollowsTheDelaysWithUpToATenthOnTop) {
  const DeliveryPolicy policy;
  Delivery delivery{.id = TypeId("whd", {1}), .first_attempt_at = kNow};
  for (std::size_t i = 0; i < policy.retry_delays.size() - 1; ++i) {
    delivery.attempts = delivery.round_attempts = static_cast<std::uint32_t>(i);
    const auto due = next_attempt(policy, delivery, {}, false, kNow);
    ASSERT_TRUE(due);
    EXPECT_GE(*due, kNow + policy.retry_delays[i]);
    EXPECT_LE(*due, kNow + policy.retry_delays[i] * 11 / 10);
    EXPECT_EQ(next_attempt(policy, delivery, {}, false, kNow), due);
  }
}

TEST(NextAttempt, EndsWithTheLastOneAtTheEndOfThePeriod) {
  const DeliveryPolicy policy;
  const Delivery delivery{.id = TypeId("whd", {1}), .round_attempts = 20, .first_attempt_at = kNow};
  EXPECT_EQ(next_attempt(policy, delivery, {}, false, kNow + std::chrono::hours(71)),
            kNow + policy.retry_for);
  EXPECT_EQ(next_attempt(policy, delivery, {}, false, kNow + policy.retry_for), std::nullopt);
  EXPECT_EQ(next_attempt(policy, delivery, {.delivered = true}, false, kNow), std::nullopt);
  EXPECT_EQ(next_attempt(policy, delivery, {.gone = true}, false, kNow), std::nullopt);
}

TEST(NextAttempt, ComesSoonWhereEverythingFailsAndNeverBeforeItWasAskedFor) {
  const DeliveryPolicy policy;
  const Delivery delivery{.id = TypeId("whd", {1}), .round_attempts = 7, .first_attempt_at = kNow};
  EXPECT_LE(*next_attempt(policy, delivery, {}, true, kNow), kNow + std::chrono::minutes(5));
  const Verdict asked{.retry_after = std::chrono::hours(1)};
  EXPECT_EQ(next_attempt(policy, delivery, asked, true, kNow), kNow + std::chrono::hours(1));
}

}  // namespace
}  // namespace remit::webhooks
