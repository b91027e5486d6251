#include "pay/payments/invariants.h"

#include "pay/payers/payer.h"
#include "pay/payments/events.h"

#include <gtest/gtest.h>

namespace remit::payments {
namespace {

using enum terms::PaymentStatus;

const TypeId kPayment("pay", {1});
const TypeId kOther("pay", {2});

/// A commit of one event after the other, before one invariant.
class Payments {
 public:
  explicit Payments(std::unique_ptr<journal::Invariant> invariant)
      : invariant_(std::move(invariant)) {}

  template <class V>
  std::string happens(const V& event, const TypeId& payment = kPayment) {
    journal::StoredCommit stored;
    stored.commit.sequence = journal::Sequence(++sequence_);
    stored.commit.events.push_back({.stream = payment,
                                    .version = journal::Version(sequence_),
                                    .type = std::string(V::kType.name),
                                    .payload = codec::encode(event)});
    return invariant_->look(stored).value_or("");
  }
  std::string seen() const { return invariant_->seen(); }
  std::string created(std::int64_t pence = 100) {
    return happens(PaymentCreated{.amount = {pence, Currency::of("GBP")}});
  }
  /// Up to the hand-over.
  Payments& submitting() {
    EXPECT_EQ(created(), "");
    EXPECT_EQ(happens(PaymentConsentCreated{}), "");
    EXPECT_EQ(happens(PaymentAuthorisationReceived{}), "");
    EXPECT_EQ(happens(PaymentAuthorised{}), "");
    EXPECT_EQ(happens(PaymentSubmissionStarted{1, "key"}), "");
    return *this;
  }

 private:
  std::unique_ptr<journal::Invariant> invariant_;
  std::uint64_t sequence_ = 0;
};

TEST(PaymentsTakeListedSteps, a_whole_life_is_right) {
  Payments payments(payments_take_listed_steps());
  payments.submitting();
  EXPECT_EQ(payments.happens(PaymentNotSent{}), "");
  EXPECT_EQ(payments.happens(PaymentSubmissionStarted{1, "key"}), "");
  EXPECT_EQ(payments.happens(PaymentOutcomeUnknown{}), "");
  EXPECT_EQ(payments.happens(PaymentResolutionDue{}), "");
  EXPECT_EQ(payments.happens(PaymentSubmitted{}), "");
  EXPECT_EQ(payments.happens(PaymentStatusReported{}), "");
  EXPECT_EQ(payments.happens(PaymentExecuted{}), "");
  EXPECT_EQ(payments.happens(PaymentSettled{}), "");
  EXPECT_EQ(payments.happens(PaymentRefundStarted{}), "");
}

TEST(PaymentsTakeListedSteps, what_follows_an_end_is_found) {
  Payments payments(payments_take_listed_steps());
  payments.created();
  payments.happens(PaymentCancelled{});
  EXPECT_EQ(
      payments.happens(PaymentConsentCreated{}),
      "payment.consent_created of " + kPayment.to_string() + " in commit 3: it was \"cancelled\"");
  EXPECT_NE(payments.happens(PaymentRejected{}), "");
  EXPECT_NE(payments.happens(PaymentSettled{}), "");
}

TEST(PaymentsTakeListedSteps, a_step_that_is_left_out_is_found) {
  Payments payments(payments_take_listed_steps());
  EXPECT_NE(payments.happens(PaymentConsentCreated{}), "") << "it was never created";
  Payments handed_over(payments_take_listed_steps());
  handed_over.submitting();
  EXPECT_NE(handed_over.happens(PaymentExpired{}), "");
  EXPECT_NE(handed_over.happens(PaymentCancelled{}), "");
  EXPECT_NE(handed_over.happens(PaymentExecuted{}), "");
  EXPECT_NE(handed_over.created(), "") << "it exists";
}

TEST(PaymentsTakeListedSteps, what_may_have_been_executed_is_not_handed_over_again) {
  Payments payments(payments_take_listed_steps());
  payments.submitting().happens(PaymentOutcomeUnknown{});
  EXPECT_NE(payments.happens(PaymentSubmissionStarted{1, "key"}), "");
}

TEST(PaymentsHaveOneKey, a_second_key_is_found) {
  Payments payments(payments_have_one_key());
  payments.submitting();
  EXPECT_EQ(payments.happens(PaymentSubmissionStarted{1, "key"}), "");
  EXPECT_EQ(payments.happens(PaymentSubmissionStarted{2, "key-2"}),
            "payment.submission_started of " + kPayment.to_string() +
                " in commit 7: attempt 2 has the key key-2 after key");
}

TEST(PaymentsHaveOneKey, the_key_of_another_payment_is_found) {
  Payments payments(payments_have_one_key());
  payments.submitting();
  EXPECT_NE(payments.happens(PaymentSubmissionStarted{1, "key"}, kOther), "");
}

TEST(StatusesNeverFall, an_older_or_equal_one_is_found) {
  Payments payments(statuses_never_fall());
  EXPECT_EQ(payments.happens(PaymentStatusReported{.status = Rcvd}), "");
  EXPECT_EQ(payments.happens(PaymentStatusReported{.status = Acsp}), "");
  EXPECT_EQ(payments.happens(PaymentStatusReported{.status = Rcvd}, kOther), "");
  EXPECT_NE(payments.happens(PaymentStatusReported{.status = Acsp}), "");
  EXPECT_EQ(
      payments.happens(PaymentStatusReported{.status = Rcvd}),
      "payment.status_reported of " + kPayment.to_string() + " in commit 5: RCVD replaces ACSP");
}

TEST(RefundsStayWithinPayments, what_came_to_nothing_is_free_again) {
  Payments payments(refunds_stay_within_payments());
  payments.created(100);
  EXPECT_EQ(payments.happens(PaymentRefundStarted{TypeId("pay", {3}), 60}), "");
  EXPECT_EQ(payments.happens(PaymentRefundEnded{TypeId("pay", {3}), 60, false}), "");
  EXPECT_EQ(payments.happens(PaymentRefundStarted{TypeId("pay", {4}), 100}), "");
  EXPECT_EQ(payments.happens(PaymentRefundEnded{TypeId("pay", {4}), 100, true}), "");
}

TEST(RefundsStayWithinPayments, more_than_is_left_is_found) {
  Payments payments(refunds_stay_within_payments());
  payments.created(100);
  payments.happens(PaymentRefundStarted{TypeId("pay", {3}), 60});
  EXPECT_EQ(payments.happens(PaymentRefundStarted{TypeId("pay", {4}), 41}),
            "payment.refund_started of " + kPayment.to_string() +
                " in commit 3: 41 are paid back where 40 are left");
  EXPECT_NE(payments.happens(PaymentRefundStarted{TypeId("pay", {5}), 0}), "");
}

TEST(RefundsStayWithinPayments, one_that_ends_twice_or_as_another_is_found) {
  Payments payments(refunds_stay_within_payments());
  payments.created(100);
  payments.happens(PaymentRefundStarted{TypeId("pay", {3}), 60});
  EXPECT_NE(payments.happens(PaymentRefundEnded{TypeId("pay", {3}), 50, true}), "");
  EXPECT_EQ(payments.happens(PaymentRefundEnded{TypeId("pay", {3}), 60, true}), "");
  EXPECT_NE(payments.happens(PaymentRefundEnded{TypeId("pay", {3}), 60, true}), "");
}

class ErasedPayers : public testing::Test {
 protected:
  template <class T>
  static codec::Sealed<T> sealed_for(const TypeId& owner) {
    return codec::Sealed<T>(codec::SealedBox{owner, 1, {}, to_bytes("ciphertext")});
  }
  std::string created(const TypeId& payment, const TypeId& whose) {
    return payments.happens(PaymentCreated{.parties = sealed_for<Parties>(whose), .payer = whose},
                            payment);
  }

  const TypeId payer{"payer", {7}};
  const TypeId stranger{"payer", {8}};
  Payments payments{erased_payers_rest()};
};

TEST_F(ErasedPayers, whoever_has_no_open_payment_may_be_erased) {
  EXPECT_EQ(created(kPayment, payer), "");
  EXPECT_EQ(payments.happens(PaymentAuthorised{.access_token = sealed_for<std::string>(payer)}),
            "");
  EXPECT_EQ(payments.happens(PaymentSettled{}), "");
  EXPECT_EQ(payments.happens(payers::PayerErased{}, payer), "");
  EXPECT_EQ(created(kOther, stranger), "");
}

TEST_F(ErasedPayers, a_payment_of_before_there_were_payers_is_of_nobody) {
  EXPECT_EQ(payments.happens(PaymentCreated{.parties = sealed_for<Parties>(TypeId("cli", {1}))}),
            "");
  EXPECT_EQ(payments.happens(PaymentCancelled{}), "");
  EXPECT_EQ(payments.seen(), "0 payers, 0 of them erased");
}

TEST_F(ErasedPayers, an_erasure_while_a_payment_is_open_is_found) {
  created(kPayment, payer);
  created(kOther, payer);
  payments.happens(PaymentCancelled{});
  EXPECT_EQ(payments.happens(payers::PayerErased{}, payer),
            "payer.erased of " + payer.to_string() + " in commit 4: 1 of its payments are open");
}

TEST_F(ErasedPayers, a_payment_of_who_was_erased_is_found) {
  created(kPayment, payer);
  payments.happens(PaymentExpired{});
  payments.happens(payers::PayerErased{}, payer);
  EXPECT_NE(created(kOther, payer), "");
}

TEST_F(ErasedPayers, what_is_sealed_for_somebody_else_is_found) {
  EXPECT_NE(
      payments.happens(PaymentCreated{.parties = sealed_for<Parties>(stranger), .payer = payer}),
      "");
  EXPECT_EQ(created(kOther, payer), "");
  const auto happens = [this](const auto& event) { return payments.happens(event, kOther); };
  EXPECT_NE(happens(PaymentAuthorisationReceived{sealed_for<AuthorisationCode>(stranger)}), "");
  EXPECT_NE(happens(PaymentAuthorised{.access_token = sealed_for<std::string>(stranger)}), "");
  EXPECT_NE(happens(PaymentAuthorised{.refresh_token = sealed_for<std::string>(stranger)}), "");
  EXPECT_NE(happens(PaymentTokenRefreshed{.access_token = sealed_for<std::string>(stranger)}), "");
  EXPECT_NE(happens(PaymentTokenRefreshed{.refresh_token = sealed_for<std::string>(stranger)}), "");
  EXPECT_NE(happens(PaymentRefundPartyTold{sealed_for<RefundParty>(stranger)}), "");
}

}  // namespace
}  // namespace remit::payments
