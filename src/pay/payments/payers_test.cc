#include "pay/payers/erase_payers.h"
#include "pay/payments/payments_world_test.h"

#include <gtest/gtest.h>

#include <array>

/// Payers as payments make and use them.
namespace remit::payments {
namespace {

class PayersTest : public testing::Test {
 protected:
  std::string erase(const TypeId& payer) {
    return world.reason(world.ask(payers::ErasePayer{payer}));
  }
  payers::Payer payer() { return world.look<payers::Payer>(world.payer).value_or(payers::Payer{}); }
  /// As the flow does.
  void destroy_key(const TypeId& payer) {
    payers::ErasePayers flow(world.sealer);
    flow::Record record;
    record.key = payer;
    int finished = 0;
    // Twice: it may have ended between the deed and the checkpoint.
    for (int times = 0; times < 2; ++times) {
      flow.start(record, 0, [&](flow::EffectOutcome outcome) {
        finished += std::holds_alternative<flow::Finished>(outcome) ? 1 : 0;
      });
    }
    EXPECT_EQ(finished, 2);
  }

  PaymentsWorld world;
};

TEST_F(PayersTest, APaymentIsOpenUntilItEndsInWhateverWay) {
  using enum PaymentState;
  world.payment_in(Settled);
  EXPECT_EQ(payer().payments, 1u);
  EXPECT_EQ(payer().open_payments, 0u);
  const TypeId cancelled = world.payment_in(AwaitingAuthorisation);
  const TypeId rejected = world.payment_in(Submitting);
  const TypeId expired = world.payment_in(AuthorisationReceived);
  EXPECT_EQ(payer().open_payments, 3u);
  EXPECT_EQ(world.reason(world.ask(CancelPayment{cancelled})), "");
  EXPECT_EQ(world.record_submission(rejected, SubmissionResult::Rejected), "");
  EXPECT_EQ(payer().open_payments, 1u);
  world.host.advance(std::chrono::hours(1));
  EXPECT_EQ(world.state_now(expired), Expired);
  EXPECT_EQ(payer().payments, 4u);
  EXPECT_EQ(payer().open_payments, 0u);
}

TEST_F(PayersTest, WhoHasAnOpenPaymentIsNotErased) {
  using enum PaymentState;
  for (const PaymentState state : std::array{Created, AwaitingAuthorisation, Authorised, Submitting,
                                             OutcomeUnknown, Submitted}) {
    PaymentsWorld other;
    other.payment_in(state);
    EXPECT_EQ(other.reason(other.ask(payers::ErasePayer{other.payer})), "payer_has_open_payments");
    EXPECT_FALSE(other.look<payers::Payer>(other.payer)->erased());
  }
}

TEST_F(PayersTest, WhoWasErasedCanNeitherBeReadNorPaid) {
  const TypeId payment = world.payment_in(PaymentState::Settled);
  ASSERT_EQ(erase(world.payer), "");
  EXPECT_TRUE(payer().erased());
  EXPECT_EQ(erase(world.payer), "");
  destroy_key(world.payer);
  EXPECT_EQ(world.sealer.open(world.payment(payment).parties).error().reason, "erased");
  CreatePayment again =
      world.new_payment_of(payers::sealed_for(world.payer, Parties{}, world.sealer));
  EXPECT_EQ(world.reason(world.ask(again)), "payer_erased");
}

TEST_F(PayersTest, ARequestThatWasSealedBeforeTheErasureIsRefusedBehindIt) {
  world.payment_in(PaymentState::Settled);
  const CreatePayment sealed_before = world.new_payment();
  ASSERT_EQ(erase(world.payer), "");
  EXPECT_EQ(world.reason(world.ask(sealed_before)), "payer_erased");
}

TEST_F(PayersTest, WithKeysThatForgotMoreThanTheJournalNothingIsAccepted) {
  ASSERT_TRUE(world.sealer.erase(world.payer));
  CreatePayment unsealed =
      world.new_payment_of(payers::sealed_for(world.payer, Parties{}, world.sealer));
  EXPECT_TRUE(unsealed.parties.empty());
  EXPECT_EQ(world.reason(world.ask(unsealed)), "payer_erased");
}

TEST_F(PayersTest, OfAnErasedPayerNothingIsPaidBack) {
  const TypeId payment = world.payment_in(PaymentState::Submitted);
  RecordStatus status{payment, terms::PaymentStatus::Acsc, "ACSC", {}};
  status.refund_party =
      *world.sealer.seal(world.payer, RefundParty{{.identification = "20000055779911"}, "ADA"});
  ASSERT_EQ(world.reason(world.ask_as_system(status)), "");
  ASSERT_EQ(world.state_now(payment), PaymentState::Settled);
  ASSERT_EQ(erase(world.payer), "");
  destroy_key(world.payer);
  CreateRefund refund{.payment = payment, .refund = world.new_payment_of(codec::Sealed<Parties>())};
  EXPECT_EQ(world.reason(world.ask(refund)), "payer_erased");
  EXPECT_EQ(world.payment(payment).refunds.pending, 0);
}

TEST_F(PayersTest, ARefundIsOfThePaymentsPayerAndKeepsItOpen) {
  const TypeId payment = world.payment_in(PaymentState::Submitted);
  RecordStatus status{payment, terms::PaymentStatus::Acsc, "ACSC", {}};
  status.refund_party =
      *world.sealer.seal(world.payer, RefundParty{{.identification = "20000055779911"}, "ADA"});
  ASSERT_EQ(world.reason(world.ask_as_system(status)), "");
  CreateRefund refund{.payment = payment, .refund = world.new_payment()};
  refund.refund.payer = {};
  const auto made = world.ask(refund);
  ASSERT_TRUE(made) << made.error().describe();
  EXPECT_EQ(made->payer, world.payer);
  EXPECT_EQ(erase(world.payer), "payer_has_open_payments");
}

TEST_F(PayersTest, NobodyErasesOrNamesThePayerOfAnotherClient) {
  world.payment_in(PaymentState::Settled);
  const ClientId other("cli", {99});
  EXPECT_EQ(world.reason(world.ask_as(other, payers::ErasePayer{world.payer})), "payer_not_found");
  EXPECT_EQ(world.reason(world.ask_as(other, world.new_payment())), "payer_not_found");
  EXPECT_EQ(erase(TypeId("payer", {5})), "payer_not_found");
  EXPECT_EQ(erase(world.client), "payer_not_found");
  EXPECT_FALSE(payer().erased());
}

TEST_F(PayersTest, AKeyringThatIsBusyIsAskedAgain) {
  class BusyKeyring final : public codec::Keyring {
   public:
    Result<codec::Key> find(const TypeId& owner, std::uint32_t) override {
      return fail_erased(owner);
    }
    Result<codec::Key> ensure(const TypeId& owner) override { return fail_erased(owner); }
    Result<codec::Key> rotate(const TypeId& owner) override { return fail_erased(owner); }
    Result<TypeId> make(std::string_view, const TypeId& parent) override { return parent; }
    Result<void> erase(const TypeId&) override {
      return fail(ErrorCode::Unavailable, "keyring_busy", "Later.");
    }
  };
  BusyKeyring keyring;
  SystemEntropy entropy;
  codec::Sealer sealer(keyring, entropy);
  payers::ErasePayers flow(sealer);
  bool retried = false;
  flow.start({}, 0, [&](flow::EffectOutcome outcome) {
    retried = std::holds_alternative<flow::Retry>(outcome);
  });
  EXPECT_TRUE(retried);
}

}  // namespace
}  // namespace remit::payments
