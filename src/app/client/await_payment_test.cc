#include "app/client/await_payment.h"

#include <gtest/gtest.h>

namespace remit::app {
namespace {

using enum payments::PaymentState;

TEST(AwaitPayment, EndsWhenThePaymentHasEnded) {
  EXPECT_EQ(has_arrived(Settled, {}), true);
  for (const auto ended : {Rejected, Cancelled, Expired}) EXPECT_EQ(has_arrived(ended, {}), false);
  for (const auto open : {Created, Submitted, OutcomeUnknown, Executed}) {
    EXPECT_EQ(has_arrived(open, {}), std::nullopt);
  }
}

TEST(AwaitPayment, IsContentWithALaterState) {
  EXPECT_EQ(has_arrived(Created, AwaitingAuthorisation), std::nullopt);
  for (const auto state : {AwaitingAuthorisation, Authorised, OutcomeUnknown, Settled}) {
    EXPECT_EQ(has_arrived(state, AwaitingAuthorisation), true);
  }
  EXPECT_EQ(has_arrived(Settled, Executed), true);
  EXPECT_EQ(has_arrived(Executed, Settled), std::nullopt);
}

TEST(AwaitPayment, DoesNotTakeAnUnknownOutcomeForMore) {
  EXPECT_EQ(has_arrived(OutcomeUnknown, Submitted), std::nullopt);
  EXPECT_EQ(has_arrived(OutcomeUnknown, Executed), std::nullopt);
}

TEST(AwaitPayment, DoesNotWaitForWhatWillNeverBe) {
  for (const auto until : {AwaitingAuthorisation, Submitted, Executed, Settled}) {
    for (const auto ended : {Rejected, Cancelled, Expired}) {
      EXPECT_EQ(has_arrived(ended, until), false);
    }
  }
}

TEST(AwaitPayment, ReadsMoments) {
  EXPECT_FALSE(time_of("", "--since")->has_value());
  EXPECT_TRUE(time_of("2026-08-20T09:30:00Z", "--since")->has_value());
  EXPECT_EQ(time_of("yesterday", "--since").error().reason, "time_invalid");
}

}  // namespace
}  // namespace remit::app
