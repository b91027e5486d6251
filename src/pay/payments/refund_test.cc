#include "pay/payments/payments_world_test.h"

#include <gtest/gtest.h>

namespace remit::payments {
namespace {

using enum PaymentState;

class RefundTest : public testing::Test {
 protected:
  /// A payment that was settled, of which the payer's account is known.
  TypeId paid(std::int64_t pence = 1250, bool with_party = true) {
    const TypeId payment = world.create(pence);
    world.record_consent(payment);
    world.authorise(payment);
    world.record_authorisation(payment);
    world.start(payment);
    RecordSubmission accepted{.id = payment,
                              .attempt = 1,
                              .result = SubmissionResult::Accepted,
                              .bank_payment_id = "bank-1",
                              .status = terms::PaymentStatus::Acsc};
    if (with_party) {
      accepted.refund_party = *world.sealer.seal(
          world.client, RefundParty{{.identification = "20000055779911"}, "A Payer"});
    }
    EXPECT_TRUE(world.ask_as_system(accepted));
    EXPECT_EQ(world.state_now(payment), Settled);
    return payment;
  }
  Result<Payment> refund(const TypeId& payment, std::optional<std::int64_t> amount = {}) {
    CreateRefund command{.payment = payment, .amount = amount, .refund = world.new_payment()};
    command.refund.reference.clear();
    return world.ask(command);
  }
  void execute(const TypeId& refund) {
    world.record_consent(refund);
    world.authorise(refund);
    world.record_authorisation(refund);
    world.start(refund);
    world.record_submission(refund, SubmissionResult::Accepted, terms::PaymentStatus::Acsc);
    EXPECT_EQ(world.state_now(refund), Settled);
  }
  Refunds refunds(const TypeId& payment) { return world.payment(payment).refunds; }

  PaymentsWorld world;
};

TEST_F(RefundTest, PaysBackWhatIsLeftAndMovesTheMoneyTheOtherWay) {
  const TypeId payment = paid(1250);
  const auto first = refund(payment, 300);
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_EQ(first->kind, PaymentKind::Refund);
  EXPECT_EQ(first->refund_of, payment);
  EXPECT_EQ(first->amount, (Money{300, Currency::of("GBP")}));
  EXPECT_EQ(first->reference, world.payment(payment).reference);
  EXPECT_EQ(refunds(payment).pending, 300);
  EXPECT_EQ(world.book("client_funds").debits_pending, 300);
  execute(first->id);
  EXPECT_EQ(refunds(payment).pending, 0);
  EXPECT_EQ(refunds(payment).refunded, 300);
  const auto rest = refund(payment);
  ASSERT_TRUE(rest) << rest.error().describe();
  EXPECT_EQ(rest->amount.amount, 950);
  execute(rest->id);
  EXPECT_EQ(refunds(payment).refunded, 1250);
  EXPECT_EQ(world.book("client_funds"),
            (ledger::Balances{.debits_posted = 1250, .credits_posted = 1250}));
  EXPECT_EQ(world.book("settlement_bank"),
            (ledger::Balances{.debits_posted = 1250, .credits_posted = 1250}));
  EXPECT_EQ(world.book("payouts_in_transit"),
            (ledger::Balances{.debits_posted = 1250, .credits_posted = 1250}));
  EXPECT_EQ(world.reason(refund(payment)), "refund_exceeds_payment");
  world.expect_fold_agrees();
}

TEST_F(RefundTest, TogetherNeverExceedWhatWasPaid) {
  const TypeId payment = paid(1000);
  paid(5000);  // Other money of the client does not make the payment larger.
  EXPECT_EQ(world.reason(refund(payment, 1001)), "refund_exceeds_payment");
  EXPECT_EQ(world.reason(refund(payment, 0)), "refund_exceeds_payment");
  EXPECT_EQ(world.reason(refund(payment, -5)), "refund_exceeds_payment");
  ASSERT_TRUE(refund(payment, 600));
  EXPECT_EQ(world.reason(refund(payment, 401)), "refund_exceeds_payment");
  ASSERT_TRUE(refund(payment, 400));
  EXPECT_EQ(world.reason(refund(payment)), "refund_exceeds_payment");
}

TEST_F(RefundTest, OneThatComesToNothingCanBeMadeAgain) {
  const TypeId payment = paid(1000);
  for (const auto& end : std::vector<std::function<void(const TypeId&)>>{
           [&](const TypeId& made) { EXPECT_TRUE(world.ask(CancelPayment{made})); },
           [&](const TypeId& made) {
             EXPECT_EQ(world.record_consent(made, Reason{"refused", "No."}), "");
           },
           [&](const TypeId&) { world.host.advance(std::chrono::hours(1)); }}) {
    const auto made = refund(payment);
    ASSERT_TRUE(made) << made.error().describe();
    EXPECT_EQ(refunds(payment).pending, 1000);
    end(made->id);
    EXPECT_TRUE(is_final(world.state_now(made->id)));
    EXPECT_EQ(refunds(payment).pending, 0);
    EXPECT_EQ(world.book("client_funds").debits_pending, 0);
  }
  world.expect_fold_agrees();
}

TEST_F(RefundTest, AnUnknownOutcomeHoldsTheMoneyUntilEvidence) {
  const TypeId payment = paid(1000);
  const TypeId made = refund(payment)->id;
  world.record_consent(made);
  world.authorise(made);
  world.record_authorisation(made);
  world.start(made);
  world.record_submission(made, SubmissionResult::Unknown);
  EXPECT_EQ(world.state_now(made), OutcomeUnknown);
  EXPECT_EQ(world.reason(refund(payment, 1)), "refund_exceeds_payment");
  EXPECT_EQ(world.reason(world.ask(CancelPayment{made})), "payment_not_cancellable");
  world.record_submission(made, SubmissionResult::Rejected);
  EXPECT_EQ(refunds(payment).pending, 0);
  EXPECT_TRUE(refund(payment, 1000));
}

TEST_F(RefundTest, RefusesWhatCannotBePaidBack) {
  EXPECT_EQ(world.reason(refund(world.id("pay"))), "payment_not_found");
  EXPECT_EQ(world.reason(refund(world.payment_in(Submitted))), "payment_not_refundable");
  const TypeId cancelled = world.create();
  EXPECT_TRUE(world.ask(CancelPayment{cancelled}));
  EXPECT_EQ(world.reason(refund(cancelled)), "payment_not_refundable");
  EXPECT_EQ(world.reason(refund(paid(1000, false))), "refund_account_unknown");
  const TypeId payment = paid(1000);
  const TypeId made = refund(payment)->id;
  execute(made);
  EXPECT_EQ(world.reason(refund(made)), "payment_not_refundable");
  CreateRefund command{.payment = paid(1000), .refund = world.new_payment()};
  EXPECT_EQ(world.reason(world.ask_as(world.id("cli"), command)), "payment_not_found");
}

TEST_F(RefundTest, APayoutIsNeverMoreThanTheClientHas) {
  CreatePayment payout = world.new_payment(500);
  payout.kind = PaymentKind::Payout;
  EXPECT_EQ(world.reason(world.ask(payout)), "insufficient_funds");
  paid(700);
  ASSERT_TRUE(world.ask(payout));
  CreatePayment another = world.new_payment(201);
  another.kind = PaymentKind::Payout;
  EXPECT_EQ(world.reason(world.ask(another)), "insufficient_funds");
  execute(payout.id);
  EXPECT_EQ(world.book("client_funds").debits_posted, 500);
  // Refunds come out of the same money.
  EXPECT_EQ(world.book("payouts_in_transit").debits_posted, 500);
}

}  // namespace
}  // namespace remit::payments
