#include "pay/payees/limits.h"
#include "pay/payments/payments_world_test.h"

#include <gtest/gtest.h>

/// Payments that rest on what the payee's bank said.
namespace remit::payments {
namespace {

using payees::PayeeCheck;
using payees::PayeeVerification;
using payees::RecordPayeeVerification;
using terms::PayeeMatch;
using terms::PayeeReason;

class VerifiedPayee : public testing::Test {
 protected:
  TypeId verified(PayeeMatch result, std::optional<PayeeReason> reason = {}) {
    const auto made = world_.ask(RecordPayeeVerification{
        .id = world_.id(PayeeVerification::kPrefix),
        .payee =
            *world_.sealer.seal(world_.client, payees::Payee{"20000055779911", "ACME", "", ""}),
        .result = result,
        .reason = reason});
    EXPECT_TRUE(made) << made.error().describe();
    return made ? made->id : TypeId();
  }
  /// "", or the reason for which the payment is refused.
  std::string pay(const PayeeCheck& check) {
    CreatePayment command = world_.new_payment();
    command.payee = check;
    const std::string reason = PaymentsWorld::reason(world_.ask(command));
    const Payment made = world_.payment(command.id);
    if (reason.empty()) {
      EXPECT_EQ(made.payee_verification, check.verification);
      EXPECT_EQ(made.payee_acknowledged, check.acknowledged);
    } else {
      EXPECT_TRUE(made.id.empty());
    }
    return reason;
  }

  PaymentsWorld world_{1, [](engine::Registry& registry) {
                         payments::register_payments(registry);
                         payees::register_kinds(registry);
                       }};
};

TEST_F(VerifiedPayee, WhatEachResultAsksFor) {
  struct Case {
    PayeeMatch result;
    std::optional<PayeeReason> reason;
    std::string_view refused;
    std::string_view refused_by_account_name;
  };
  using enum PayeeReason;
  for (const Case& one : std::initializer_list<Case>{
           {PayeeMatch::Matched, {}, "", ""},
           {PayeeMatch::CloseMatch, Mbam, "payee_mismatch", ""},
           {PayeeMatch::CloseMatch, Bamm, "payee_mismatch", "payee_mismatch"},
           {PayeeMatch::CloseMatch, Pamm, "payee_mismatch", "payee_mismatch"},
           {PayeeMatch::CloseMatch, Banm, "payee_mismatch", "payee_mismatch"},
           {PayeeMatch::CloseMatch, Panm, "payee_mismatch", "payee_mismatch"},
           {PayeeMatch::NoMatch, Annm, "payee_mismatch", "payee_mismatch"},
           {PayeeMatch::NoMatch, Ac01, "payee_mismatch", "payee_mismatch"},
           {PayeeMatch::NoMatch, Ivcr, "payee_mismatch", "payee_mismatch"},
           {PayeeMatch::CannotCheck, Acns, "payee_not_verified", "payee_not_verified"},
           {PayeeMatch::CannotCheck, Opto, "payee_not_verified", "payee_not_verified"},
           {PayeeMatch::CannotCheck, Cass, "payee_not_verified", "payee_not_verified"},
           {PayeeMatch::CannotCheck, Scns, "payee_not_verified", "payee_not_verified"},
           {PayeeMatch::Unavailable, {}, "payee_not_verified", "payee_not_verified"}}) {
    const TypeId id = verified(one.result, one.reason);
    const std::string what(one.reason ? terms::payee_reason_code(*one.reason) : "no reason");
    EXPECT_EQ(pay({.verification = id}), one.refused) << what;
    EXPECT_EQ(pay({.verification = id, .by_account_name = true}), one.refused_by_account_name)
        << what;
    EXPECT_EQ(pay({.verification = id, .acknowledged = true}), "") << what;
  }
}

TEST_F(VerifiedPayee, OfNobodyOrAnotherClientOrTooOld) {
  EXPECT_EQ(pay({}), "");
  const TypeId id = verified(PayeeMatch::Matched);
  EXPECT_EQ(pay({.verification = world_.id("pvf"), .acknowledged = true}),
            "payee_verification_not_found");
  EXPECT_EQ(pay({.verification = world_.id("pay"), .acknowledged = true}),
            "payee_verification_not_found");
  CreatePayment others = world_.new_payment();
  others.payee = {.verification = id, .acknowledged = true};
  EXPECT_EQ(PaymentsWorld::reason(world_.ask_as(world_.id("cli"), others)),
            "payee_verification_not_found");
  const Timestamp then = world_.host.clock().now();
  world_.host.advance(std::chrono::hours(1));
  EXPECT_EQ(pay({.verification = id, .verified_since = then}), "");
  EXPECT_EQ(pay({.verification = id,
                 .acknowledged = true,
                 .verified_since = then + std::chrono::seconds(1)}),
            "payee_verification_expired");
}

TEST_F(VerifiedPayee, WhatWasSaidFirstStays) {
  const TypeId id = verified(PayeeMatch::NoMatch, PayeeReason::Annm);
  const std::size_t events = world_.events().size();
  const auto again = world_.ask(RecordPayeeVerification{.id = id, .result = PayeeMatch::Matched});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->result, PayeeMatch::NoMatch);
  EXPECT_EQ(world_.events().size(), events);
  world_.crash();
  EXPECT_EQ(pay({.verification = id}), "payee_mismatch");
}

}  // namespace
}  // namespace remit::payments
