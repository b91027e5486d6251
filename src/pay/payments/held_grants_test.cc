#include "pay/payments/held_grants.h"

#include <gtest/gtest.h>

#include <string>

namespace remit::payments {
namespace {

TypeId payment(std::uint8_t nth) {
  return TypeId("pay", {nth});
}

std::string token_of(const HeldGrants& grants, const TypeId& payment) {
  const auto held = grants.find(payment);
  return held ? held->access_token : "";
}

TEST(HeldGrants, are_kept_by_payment_until_they_are_forgotten) {
  HeldGrants grants(10);
  grants.hold(payment(1), {.access_token = "first", .refresh_token = "refresh"});
  grants.hold(payment(2), {.access_token = "second"});
  EXPECT_EQ(token_of(grants, payment(1)), "first");
  EXPECT_EQ(grants.find(payment(1))->refresh_token, "refresh");
  grants.forget(payment(1));
  grants.forget(payment(1));
  EXPECT_EQ(token_of(grants, payment(1)), "");
  EXPECT_EQ(token_of(grants, payment(2)), "second");
}

TEST(HeldGrants, are_bounded_and_the_oldest_payments_lose_theirs) {
  HeldGrants grants(3);
  for (std::uint8_t i = 1; i <= 5; ++i) grants.hold(payment(i), {.access_token = "token"});
  EXPECT_EQ(token_of(grants, payment(1)), "");
  EXPECT_EQ(token_of(grants, payment(2)), "");
  for (std::uint8_t i = 3; i <= 5; ++i) EXPECT_EQ(token_of(grants, payment(i)), "token");
}

}  // namespace
}  // namespace remit::payments
