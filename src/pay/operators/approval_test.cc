#include "pay/operators/approval.h"

#include "pay/operators/act.h"
#include "pay/operators/policy.h"
#include "pay/payments/payments_world_test.h"

#include <gtest/gtest.h>

namespace remit::operators {
namespace {

using payments::PaymentState;

/// Payments whose outcome is unknown, and two people who settle them.
class Approvals : public testing::Test {
 protected:
  template <engine::Command C>
  Result<typename C::Answer> ask_by(std::string person, C command) {
    return world_.ask_as(ClientId(), std::move(command), std::move(person));
  }
  static payments::ResolvePayment executed(const TypeId& payment) {
    return {
        .id = payment, .executed = true, .bank_payment_id = "b-9", .evidence = "statement line 7"};
  }
  TypeId request(const MoneyAct& act) {
    const auto asked = ask_by("user:alice", RequestApproval{world_.id("apr"), act});
    EXPECT_TRUE(asked) << asked.error().describe();
    return asked ? asked->id : TypeId();
  }
  std::string approve(std::string person, const TypeId& approval) {
    return payments::PaymentsWorld::reason(
        ask_by(std::move(person), DecideApproval{approval, true, ""}));
  }
  std::string reject(std::string person, const TypeId& approval, std::string because) {
    return payments::PaymentsWorld::reason(
        ask_by(std::move(person), DecideApproval{approval, false, std::move(because)}));
  }

  payments::PaymentsWorld world_{1, [](engine::Registry& registry) {
                                   flow::register_kinds(registry);
                                   payments::register_payments(registry);
                                   operators::register_kinds(registry);
                                 }};
};

TEST_F(Approvals, TheSecondPersonsWordDoesTheAct) {
  const TypeId payment = world_.payment_in(PaymentState::OutcomeUnknown);
  const TypeId approval = request(executed(payment));
  EXPECT_EQ(world_.state_now(payment), PaymentState::OutcomeUnknown) << "nothing is done yet";
  EXPECT_EQ(approve("user:bob", approval), "");
  EXPECT_EQ(world_.state_now(payment), PaymentState::Settled);
  const Approval seen = *world_.look<Approval>(approval);
  EXPECT_EQ(seen.status, ApprovalStatus::Approved);
  EXPECT_EQ(seen.requested_by, "user:alice");
  EXPECT_EQ(seen.decided_by, "user:bob");
}

TEST_F(Approvals, TheActIsInTheCommitOfTheApproval) {
  const TypeId payment = world_.payment_in(PaymentState::OutcomeUnknown);
  const TypeId approval = request(executed(payment));
  ASSERT_EQ(approve("user:bob", approval), "");
  const auto granted =
      world_.journal.read_stream(world_.kPartition, approval, journal::Version(2), {});
  ASSERT_TRUE(granted && granted->size() == 1);
  const auto payment_events =
      world_.journal.read_stream(world_.kPartition, payment, journal::Version(1), {});
  ASSERT_TRUE(payment_events);
  EXPECT_EQ(payment_events->back().cause.command, granted->front().cause.command);
  EXPECT_EQ(payment_events->back().cause.actor, "user:bob");
}

TEST_F(Approvals, NobodyApprovesWhatTheyAskedFor) {
  const TypeId payment = world_.payment_in(PaymentState::OutcomeUnknown);
  const TypeId approval = request(executed(payment));
  EXPECT_EQ(approve("user:alice", approval), "approval_by_requester");
  EXPECT_EQ(world_.state_now(payment), PaymentState::OutcomeUnknown);
  EXPECT_EQ(reject("user:alice", approval, "typed the wrong payment"), "") << "but takes it back";
  EXPECT_EQ(approve("user:bob", approval), "approval_decided");
  EXPECT_EQ(world_.state_now(payment), PaymentState::OutcomeUnknown);
}

TEST_F(Approvals, IsRejectedWithAReason) {
  const TypeId payment = world_.payment_in(PaymentState::OutcomeUnknown);
  const TypeId approval = request(executed(payment));
  EXPECT_EQ(reject("user:bob", approval, ""), "reason_missing");
  EXPECT_EQ(reject("user:bob", approval, "that line is another payment"), "");
  EXPECT_EQ(reject("user:bob", approval, "again"), "approval_decided");
  EXPECT_EQ(world_.look<Approval>(approval)->because, "that line is another payment");
}

TEST_F(Approvals, ExpireByThemselves) {
  const TypeId payment = world_.payment_in(PaymentState::OutcomeUnknown);
  const TypeId in_time = request(executed(payment));
  world_.host.advance(kApprovalLifetime);
  EXPECT_EQ(approve("user:bob", in_time), "approval_expired");
  EXPECT_EQ(reject("user:bob", in_time, "too late"), "") << "so that the list can be cleared";
}

TEST_F(Approvals, WhatCannotBeDoneIsNotAskedFor) {
  const TypeId settled = world_.payment_in(PaymentState::Settled);
  const auto ask = [&](const MoneyAct& act) {
    return payments::PaymentsWorld::reason(
        ask_by("user:alice", RequestApproval{world_.id("apr"), act}));
  };
  EXPECT_EQ(ask(executed(settled)), "outcome_not_unknown");
  const TypeId unknown = world_.payment_in(PaymentState::OutcomeUnknown);
  EXPECT_EQ(ask(payments::ResolvePayment{.id = unknown, .executed = true, .evidence = "x"}),
            "bank_payment_id_missing");
  EXPECT_EQ(ask(payments::ResolvePayment{.id = unknown}), "evidence_missing");
  EXPECT_EQ(ask(flow::RedriveDeadLetter{world_.id("dlq"), "why"}), "dead_letter_not_found");
  EXPECT_EQ(ask(flow::DiscardDeadLetter{world_.id("dlq"), ""}), "reason_missing");
  EXPECT_EQ(approve("user:bob", world_.id("apr")), "approval_not_found");
}

TEST_F(Approvals, WhatRefusesTheActRefusesTheApprovalWhole) {
  const TypeId payment = world_.payment_in(PaymentState::OutcomeUnknown);
  const TypeId first = request(executed(payment));
  const TypeId second =
      request(payments::ResolvePayment{.id = payment, .evidence = "never on the statement"});
  EXPECT_EQ(approve("user:bob", first), "");
  EXPECT_EQ(approve("user:bob", second), "outcome_not_unknown");
  EXPECT_EQ(world_.look<Approval>(second)->status, ApprovalStatus::Waiting);
  EXPECT_EQ(world_.state_now(payment), PaymentState::Settled);
}

TEST_F(Approvals, SurviveACrash) {
  const TypeId payment = world_.payment_in(PaymentState::OutcomeUnknown);
  const TypeId approval = request(executed(payment));
  world_.crash();
  EXPECT_EQ(approve("user:alice", approval), "approval_by_requester");
  EXPECT_EQ(approve("user:bob", approval), "");
  world_.crash();
  EXPECT_EQ(approve("user:carol", approval), "approval_decided");
  EXPECT_EQ(world_.state_now(payment), PaymentState::Settled);
}

TEST_F(Approvals, ADeadLettersFateToo) {
  const flow::CreateDeadLetter died{.flow = "submit_payments",
                                    .key = world_.id("pay"),
                                    .cursor = flow::Cursor(3),
                                    .record_type = "payment.authorised",
                                    .attempts = 9,
                                    .reason = "rail_not_configured",
                                    .message = "gone"};
  ASSERT_TRUE(ask_by("flow:submit_payments", died));
  const TypeId letter = flow::dead_letter_id(died.flow, died.cursor, died.attempts);
  const TypeId redrive = request(flow::RedriveDeadLetter{letter, "configured again"});
  const TypeId discard = request(flow::DiscardDeadLetter{letter, "paid by hand"});
  EXPECT_EQ(approve("user:bob", discard), "");
  EXPECT_EQ(world_.look<flow::DeadLetter>(letter)->status, flow::DeadLetterStatus::Discarded);
  EXPECT_EQ(approve("user:bob", redrive), "dead_letter_closed");
}

TEST_F(Approvals, ChangesOfThePolicyAreJournalled) {
  const auto events = [&] { return world_.journal.head(world_.kPartition)->position.value; };
  const auto before = events();
  ASSERT_TRUE(ask_by("user:root", AdoptPolicy{false}));
  EXPECT_EQ(events(), before) << "nothing changed";
  ASSERT_TRUE(ask_by("user:root", AdoptPolicy{true}));
  ASSERT_TRUE(ask_by("user:root", AdoptPolicy{true}));
  EXPECT_EQ(events(), before + 1);
  EXPECT_FALSE(ask_by("user:root", AdoptPolicy{false})->four_eyes);
  EXPECT_EQ(events(), before + 2);
}

}  // namespace
}  // namespace remit::operators
