#include "pay/payments/limits.h"
#include "pay/payments/payments_world_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace remit::payments {
namespace {

using enum PaymentState;
using ledger::Balances;
using std::chrono::hours;
using std::chrono::minutes;
using terms::PaymentStatus;

constexpr std::array kEarly{Created, AwaitingAuthorisation, AuthorisationReceived, Authorised};
constexpr std::array kHandedOver{Submitting, OutcomeUnknown, Submitted, Settled};
const Reason kRefused{"refused", "No."};

class PaymentsTest : public testing::Test {
 protected:
  PaymentsWorld world_;

  void expect_released() {
    EXPECT_EQ(world_.book("payments_in_transit"), Balances{});
    EXPECT_EQ(world_.book("client_funds"), Balances{});
    EXPECT_EQ(world_.book("settlement_bank"), Balances{});
  }
  /// Timer by timer, so that the moment is found.
  template <class Reached>
  void advance_until(Reached reached) {
    for (int i = 0; i < 1000 && !reached(); ++i) world_.host.advance_to_next_timer();
    ASSERT_TRUE(reached());
  }
  /// The sequence of the commit that holds the payment's event of that type.
  std::uint64_t commit_of(const TypeId& stream, std::string_view type) {
    for (const journal::Event& event : world_.events()) {
      if (event.stream == stream && event.type == type) return event.sequence.value;
    }
    return 0;
  }
};

TEST(PaymentStates, only_what_is_listed_may_happen) {
  // A row for each state: what it may become, by the letters of the states in the order of the enumeration.
  const std::map<PaymentState, std::string> expected{{Created, ".A.......RCX"},
                                                     {AwaitingAuthorisation, "..A......RCX"},
                                                     {AuthorisationReceived, "...A.....RCX"},
                                                     {Authorised, "....S....RCX"},
                                                     {Submitting, "....SUS..R.."},
                                                     {OutcomeUnknown, "......S..R.."},
                                                     {Submitted, ".......E.R.."},
                                                     {Executed, "........S..."},
                                                     {Settled, "............"},
                                                     {Rejected, "............"},
                                                     {Cancelled, "............"},
                                                     {Expired, "............"}};
  for (const auto& [from, row] : expected) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto to = static_cast<PaymentState>(i + 1);
      EXPECT_EQ(may_become(from, to), row[i] != '.')
          << static_cast<int>(from) << " to " << static_cast<int>(to);
    }
    EXPECT_EQ(is_final(from), row.find_first_not_of('.') == std::string::npos);
  }
}

TEST_F(PaymentsTest, a_payment_lives_from_request_to_settled_money_and_the_ledger_follows) {
  const TypeId id = world_.payment_in(Submitted);
  EXPECT_EQ(world_.book("payments_in_transit"), (Balances{.debits_pending = 1250}));
  EXPECT_EQ(world_.book("client_funds"), (Balances{.credits_pending = 1250}));
  ASSERT_EQ(world_.report(id, PaymentStatus::Acsc), "");
  const Payment payment = world_.payment(id);
  EXPECT_EQ(payment.state, Settled);
  EXPECT_EQ(payment.bank_status_raw, "ACSC");
  EXPECT_TRUE(payment.access_token.empty()) << "a token is kept no longer than it is needed";
  EXPECT_EQ(world_.book("client_funds"), (Balances{.credits_posted = 1250}));
  EXPECT_EQ(world_.book("settlement_bank"), (Balances{.debits_posted = 1250}));
  EXPECT_EQ(world_.book("payments_in_transit"),
            (Balances{.debits_posted = 1250, .credits_posted = 1250}));
  EXPECT_EQ(world_.engine->stats().timers_waiting, 0U);
  world_.expect_fold_agrees();
}

TEST_F(PaymentsTest, money_moves_in_the_commit_of_its_event) {
  const TypeId id = world_.payment_in(Settled);
  const TypeId execution = TypeId::derive("trf", id, "execution");
  const TypeId settlement = TypeId::derive("trf", id, "settlement");
  EXPECT_EQ(commit_of(id, "payment.created"), commit_of(execution, "transfer.created"));
  EXPECT_EQ(commit_of(id, "payment.executed"), commit_of(execution, "transfer.ended"));
  EXPECT_EQ(commit_of(id, "payment.settled"), commit_of(settlement, "transfer.created"));
  EXPECT_GT(commit_of(settlement, "transfer.created"), 0U);
}

TEST_F(PaymentsTest, executed_and_settled_are_apart_where_the_credit_must_be_confirmed) {
  world_.settles_on = SettlementBasis::CreditConfirmation;
  const TypeId id = world_.payment_in(Executed);
  EXPECT_EQ(world_.book("payments_in_transit"), (Balances{.debits_posted = 1250}));
  EXPECT_EQ(world_.book("settlement_bank"), Balances{});
  ASSERT_EQ(world_.report(id, PaymentStatus::Accc), "");
  EXPECT_EQ(world_.state_now(id), Settled);
  EXPECT_EQ(world_.book("settlement_bank"), (Balances{.debits_posted = 1250}));
  const TypeId at_once = world_.payment_in(Submitted);
  ASSERT_EQ(world_.report(at_once, PaymentStatus::Accc), "");
  EXPECT_EQ(world_.state_now(at_once), Settled) << "executed and settled in one report";
}

TEST_F(PaymentsTest, what_cannot_be_paid_is_refused_and_leaves_nothing) {
  const auto refused = [&](auto change) {
    CreatePayment command = world_.new_payment();
    change(command);
    return world_.reason(world_.ask(command));
  };
  EXPECT_EQ(refused([](auto& c) { c.amount.currency = Currency::of("EUR"); }),
            "currency_not_supported");
  EXPECT_EQ(refused([](auto& c) { c.amount.amount = 0; }), "amount_out_of_range");
  EXPECT_EQ(refused([](auto& c) { c.amount.amount = kFasterPaymentsPenceMax + 1; }),
            "amount_out_of_range");
  EXPECT_EQ(refused([&](auto& c) { c.expires_at = world_.host.clock().now(); }),
            "expiry_out_of_range");
  EXPECT_EQ(refused([](auto& c) { c.expires_at += kExpiryMax; }), "expiry_out_of_range");
  EXPECT_EQ(refused([](auto& c) { c.id = TypeId("acc", {1}); }), "payment_id_reused");
  EXPECT_TRUE(world_.events().empty());
  EXPECT_EQ(refused([](auto& c) { c.amount.amount = kFasterPaymentsPenceMax; }), "");
}

TEST_F(PaymentsTest, a_clients_reference_is_taken_for_ever) {
  CreatePayment command = world_.new_payment();
  command.client_reference = "order-1";
  ASSERT_TRUE(world_.ask(command));
  ASSERT_TRUE(world_.ask(CancelPayment{command.id}));
  world_.host.advance(hours(24 * 30));
  CreatePayment again = world_.new_payment();
  again.client_reference = "order-1";
  EXPECT_EQ(world_.reason(world_.ask(again)), "client_reference_reused");
  const ClientId other("cli", {2});
  again.payer = *world_.sealer.make_owner(payers::Payer::kPrefix, other);
  EXPECT_TRUE(world_.ask_as(other, again)) << "another client's words are its own";
}

TEST_F(PaymentsTest, payments_of_others_are_as_good_as_none) {
  const TypeId id = world_.create();
  const auto refused = world_.ask_as(ClientId("cli", {2}), CancelPayment{id});
  EXPECT_EQ(world_.reason(refused), "payment_not_found");
  EXPECT_EQ(world_.reason(world_.ask(CancelPayment{TypeId("acc", {1})})), "payment_not_found");
}

TEST_F(PaymentsTest, a_payment_can_be_withdrawn_until_it_is_handed_over) {
  for (const PaymentState state : kEarly) {
    const TypeId id = world_.payment_in(state);
    ASSERT_TRUE(world_.ask(CancelPayment{id}));
    EXPECT_EQ(world_.state_now(id), Cancelled);
    EXPECT_TRUE(world_.ask(CancelPayment{id})) << "the same word twice";
  }
  expect_released();
  EXPECT_EQ(world_.engine->stats().timers_waiting, 0U);
  for (const PaymentState state : kHandedOver) {
    const TypeId id = world_.payment_in(state);
    EXPECT_EQ(world_.reason(world_.ask(CancelPayment{id})), "payment_not_cancellable");
    EXPECT_EQ(world_.state_now(id), state);
  }
}

TEST_F(PaymentsTest, a_payment_expires_until_it_is_handed_over) {
  std::vector<TypeId> early;
  for (const PaymentState state : kEarly) early.push_back(world_.payment_in(state));
  world_.host.advance(minutes(31));
  for (const TypeId& id : early) EXPECT_EQ(world_.state_now(id), Expired);
  expect_released();
  for (const PaymentState state : kHandedOver) {
    const TypeId id = world_.payment_in(state);
    ASSERT_TRUE(world_.ask_as_system(ExpirePayment{id}));
    EXPECT_EQ(world_.state_now(id), state);
  }
}

TEST_F(PaymentsTest, what_bank_or_payer_refuse_is_rejected_and_released) {
  ASSERT_EQ(world_.record_consent(world_.payment_in(Created), kRefused), "");
  ASSERT_EQ(world_.authorise(world_.payment_in(AwaitingAuthorisation), kRefused), "");
  ASSERT_EQ(world_.record_authorisation(world_.payment_in(AuthorisationReceived), kRefused), "");
  for (const PaymentState state : {Submitting, OutcomeUnknown}) {
    const TypeId id = world_.payment_in(state);
    ASSERT_EQ(world_.record_submission(id, SubmissionResult::Rejected), "");
    EXPECT_EQ(world_.state_now(id), Rejected);
    EXPECT_EQ(world_.payment(id).reason.code, "why");
  }
  ASSERT_EQ(world_.report(world_.payment_in(Submitted), PaymentStatus::Rjct), "");
  expect_released();
}

TEST_F(PaymentsTest, what_comes_too_late_changes_nothing) {
  const TypeId id = world_.payment_in(AwaitingAuthorisation);
  EXPECT_EQ(world_.record_consent(id), "") << "a second consent stays unused";
  ASSERT_EQ(world_.authorise(id), "");
  EXPECT_EQ(world_.authorise(id), "authorisation_not_awaited");
  const TypeId cancelled = world_.create();
  ASSERT_TRUE(world_.ask(CancelPayment{cancelled}));
  EXPECT_EQ(world_.record_consent(cancelled), "");
  EXPECT_EQ(world_.record_authorisation(cancelled), "");
  EXPECT_EQ(world_.start(cancelled), "payment_not_authorised");
  EXPECT_EQ(world_.record_submission(cancelled, SubmissionResult::Accepted), "");
  EXPECT_EQ(world_.state_now(cancelled), Cancelled);
  EXPECT_EQ(world_.reason(world_.ask_as_system(AuthorisePayment{.state = "guessed"})),
            "state_unknown");
}

TEST_F(PaymentsTest, only_one_hand_over_is_made) {
  const TypeId id = world_.payment_in(Submitting);
  const std::string key = world_.payment(id).attempt.idempotency_key;
  EXPECT_EQ(world_.start(id), "payment_not_authorised");
  ASSERT_EQ(world_.record_submission(id, SubmissionResult::NotSent), "");
  EXPECT_EQ(world_.state_now(id), Submitting);
  ASSERT_EQ(world_.start(id), "") << "it certainly did not arrive";
  EXPECT_EQ(world_.payment(id).attempt.idempotency_key, key);
  EXPECT_EQ(world_.payment(id).attempt.number, 1U);
  world_.host.advance(minutes(5));
  ASSERT_EQ(world_.record_submission(id, SubmissionResult::Unknown), "");
  EXPECT_EQ(world_.payment(id).attempt.sent_before, world_.host.clock().now())
      << "\"not found\" has to wait from the moment after which nothing was sent";
  EXPECT_EQ(world_.start(id), "payment_not_authorised");
  EXPECT_LE(key.size(), 40U) << "Read/Write API, x-idempotency-key";
}

TEST_F(PaymentsTest, what_never_arrives_is_given_up) {
  const TypeId id = world_.payment_in(Submitting);
  for (std::uint32_t i = 1; i < kNotSentMax; ++i) {
    ASSERT_EQ(world_.record_submission(id, SubmissionResult::NotSent), "");
    ASSERT_EQ(world_.start(id), "");
  }
  ASSERT_EQ(world_.record_submission(id, SubmissionResult::NotSent), "");
  EXPECT_EQ(world_.state_now(id), Rejected);
  expect_released();
}

/// A request may be delivered twice: one copy is throttled, the other is taken.
TEST_F(PaymentsTest, what_the_bank_answered_before_is_not_refused_by_a_later_hand_over) {
  using enum SubmissionResult;
  for (const SubmissionResult refusal : {Rejected, NotSent}) {
    const TypeId id = world_.payment_in(PaymentState::Submitting);
    RecordSubmission throttled{.id = id, .attempt = 1, .result = NotSent, .answered = true};
    const std::uint32_t times = refusal == NotSent ? kNotSentMax - 1 : 1;
    for (std::uint32_t i = 0; i < times; ++i) {
      ASSERT_TRUE(world_.ask_as_system(throttled));
      ASSERT_EQ(world_.start(id), "");
      throttled.answered = false;
    }
    ASSERT_EQ(world_.record_submission(id, refusal), "");
    EXPECT_EQ(world_.state_now(id), OutcomeUnknown);
    ASSERT_EQ(world_.record_submission(id, NotSent), "");
    EXPECT_EQ(world_.state_now(id), OutcomeUnknown) << "it says nothing of the one before";
    ASSERT_EQ(world_.record_submission(id, SubmissionResult::Rejected), "");
    EXPECT_EQ(world_.state_now(id), PaymentState::Rejected) << "as the evidence says";
  }
}

TEST_F(PaymentsTest, a_refusal_at_the_last_look_for_evidence_is_worth_another) {
  const TypeId id = world_.payment_in(OutcomeUnknown);
  const auto look = [&](std::uint32_t number) {
    advance_until([&] { return world_.payment(id).attempt.resolutions == number; });
  };
  for (std::uint32_t number = 1; number < kResolutionsMax; ++number) {
    look(number);
    ASSERT_EQ(world_.record_submission(id, SubmissionResult::Unknown), "");
  }
  look(kResolutionsMax);
  const RecordSubmission refused{.id = id,
                                 .attempt = 1,
                                 .result = SubmissionResult::Unknown,
                                 .reason = {"authorisation_expired", "401."},
                                 .refused = true};
  ASSERT_TRUE(world_.ask_as_system(refused));
  EXPECT_FALSE(world_.payment(id).needs_operator);
  look(kResolutionsMax + 1);
  ASSERT_TRUE(world_.ask_as_system(refused));
  EXPECT_TRUE(world_.payment(id).needs_operator) << "there is no news";
}

TEST_F(PaymentsTest,
       evidence_of_an_unknown_outcome_is_looked_for_ever_more_slowly_then_by_a_person) {
  const TypeId id = world_.payment_in(OutcomeUnknown);
  Timestamp asked = world_.host.clock().now();
  for (std::uint32_t number = 1; number <= kResolutionsMax; ++number) {
    advance_until([&] { return world_.payment(id).attempt.resolutions == number; });
    const Duration waited = world_.host.clock().now() - asked;
    EXPECT_GE(waited,
              std::min<Duration>(kResolutionDelayMin * (1 << (number - 1)), kResolutionDelayMax));
    asked = world_.host.clock().now();
    EXPECT_FALSE(world_.payment(id).needs_operator);
    ASSERT_EQ(world_.record_submission(id, SubmissionResult::Unknown), "");
  }
  EXPECT_TRUE(world_.payment(id).needs_operator);
  EXPECT_EQ(world_.state_now(id), OutcomeUnknown);
  world_.host.advance(hours(48));
  EXPECT_EQ(world_.payment(id).attempt.resolutions, kResolutionsMax);
  EXPECT_EQ(world_.book("payments_in_transit"), (Balances{.debits_pending = 1250}));
}

TEST_F(PaymentsTest, evidence_settles_an_unknown_outcome_either_way) {
  const TypeId executed = world_.payment_in(OutcomeUnknown);
  ASSERT_EQ(world_.record_submission(executed, SubmissionResult::Accepted, PaymentStatus::Acsc),
            "");
  EXPECT_EQ(world_.state_now(executed), Settled);
  const TypeId not_executed = world_.payment_in(OutcomeUnknown);
  ASSERT_EQ(world_.record_submission(not_executed, SubmissionResult::Rejected), "");
  EXPECT_EQ(world_.state_now(not_executed), Rejected);
  EXPECT_EQ(world_.engine->stats().timers_waiting, 0U);
}

TEST_F(PaymentsTest, a_person_resolves_with_evidence_only) {
  const TypeId id = world_.payment_in(OutcomeUnknown);
  ResolvePayment word{.id = id, .executed = true};
  EXPECT_EQ(world_.reason(world_.ask(word)), "evidence_missing");
  word.evidence = "statement line 4711";
  EXPECT_EQ(world_.reason(world_.ask(word)), "bank_payment_id_missing");
  word.bank_payment_id = "bank-9";
  ASSERT_TRUE(world_.ask(word));
  EXPECT_EQ(world_.state_now(id), Settled);
  EXPECT_EQ(world_.reason(world_.ask(word)), "outcome_not_unknown");
  const TypeId other = world_.payment_in(OutcomeUnknown);
  ASSERT_TRUE(world_.ask(ResolvePayment{.id = other, .executed = false, .evidence = "asked"}));
  EXPECT_EQ(world_.state_now(other), Rejected);
  EXPECT_EQ(world_.reason(world_.ask(ResolvePayment{
                .id = world_.payment_in(Submitted), .executed = false, .evidence = "asked"})),
            "outcome_not_unknown");
}

TEST_F(PaymentsTest, statuses_never_lead_backwards) {
  world_.settles_on = SettlementBasis::CreditConfirmation;
  const TypeId id = world_.payment_in(Submitted);
  ASSERT_EQ(world_.report(id, PaymentStatus::Acsp), "");
  ASSERT_EQ(world_.report(id, PaymentStatus::Pdng), "");
  EXPECT_EQ(world_.payment(id).bank_status, PaymentStatus::Acsp);
  ASSERT_EQ(world_.report(id, PaymentStatus::Acsc), "");
  for (const PaymentStatus late : {PaymentStatus::Rcvd, PaymentStatus::Acsp, PaymentStatus::Acsc}) {
    ASSERT_EQ(world_.report(id, late), "");
    EXPECT_EQ(world_.state_now(id), Executed);
    EXPECT_EQ(world_.payment(id).bank_status, PaymentStatus::Acsc);
  }
  EXPECT_EQ(world_.book("payments_in_transit"), (Balances{.debits_posted = 1250}));
  EXPECT_FALSE(world_.payment(id).needs_operator);
}

TEST_F(PaymentsTest, a_contradiction_of_the_bank_goes_to_a_person_and_changes_no_book) {
  const TypeId rejected = world_.payment_in(Submitted);
  ASSERT_EQ(world_.report(rejected, PaymentStatus::Rjct), "");
  ASSERT_EQ(world_.report(rejected, PaymentStatus::Acsc), "");
  EXPECT_EQ(world_.state_now(rejected), Rejected);
  EXPECT_TRUE(world_.payment(rejected).needs_operator);
  EXPECT_EQ(world_.payment(rejected).reason.code, "status_contradicts");
  expect_released();
  const TypeId settled = world_.payment_in(Settled);
  ASSERT_EQ(world_.report(settled, PaymentStatus::Rjct), "");
  EXPECT_EQ(world_.state_now(settled), Settled);
  EXPECT_TRUE(world_.payment(settled).needs_operator);
  const std::size_t events = world_.events().size();
  ASSERT_EQ(world_.report(settled, PaymentStatus::Rjct), "");
  EXPECT_EQ(world_.events().size(), events) << "said once";
}

TEST_F(PaymentsTest, a_silent_bank_is_asked_ever_more_slowly_then_a_person) {
  const TypeId id = world_.payment_in(Submitted);
  for (std::uint32_t number = 1; number <= kPollsMax; ++number) {
    const Timestamp before = world_.host.clock().now();
    advance_until([&] { return world_.payment(id).polls == number; });
    EXPECT_LE(world_.host.clock().now() - before, kPollDelayMax);
    ASSERT_EQ(world_.report(id, PaymentStatus::Rcvd), "");
  }
  advance_until([&] { return world_.payment(id).needs_operator; });
  EXPECT_EQ(world_.payment(id).reason.code, "status_silent");
  ASSERT_EQ(world_.report(id, PaymentStatus::Acsc), "");
  EXPECT_EQ(world_.state_now(id), Settled);
  EXPECT_FALSE(world_.payment(id).needs_operator);
}

TEST_F(PaymentsTest, a_banks_events_have_the_status_asked_for_and_are_counted_apart) {
  const TypeId id = world_.payment_in(Submitted);
  const auto told = [&] {
    return world_.reason(world_.ask_as_system(NoteBankEvent{id, "event-1"}));
  };
  for (std::uint32_t number = 1; number <= kHintsMax; ++number) {
    ASSERT_EQ(told(), "");
    ASSERT_EQ(world_.payment(id).hints, number);
  }
  EXPECT_EQ(world_.payment(id).polls, 0U);
  const std::size_t events = world_.events().size();
  EXPECT_EQ(told(), "") << "beyond the bound";
  EXPECT_EQ(world_.events().size(), events);
  EXPECT_EQ(world_.report(id, PaymentStatus::Acsc), "") << "the status is taken all the same";
  EXPECT_EQ(world_.state_now(id), Settled);
  EXPECT_EQ(told(), "") << "of a payment that has ended";
  EXPECT_EQ(world_.reason(world_.ask_as_system(NoteBankEvent{world_.id("pay"), "event-1"})),
            "payment_not_found");
}

TEST_F(PaymentsTest, a_bank_may_be_polled_less_often) {
  const TypeId id = world_.payment_in(Submitted);
  const Timestamp before = world_.host.clock().now();
  RecordStatus command{.id = id, .status = PaymentStatus::Rcvd, .raw_status = "RCVD"};
  command.poll_interval = std::chrono::minutes(10);
  EXPECT_EQ(world_.reason(world_.ask_as_system(command)), "");
  advance_until([&] { return world_.payment(id).polls == 1; });
  EXPECT_EQ(world_.host.clock().now() - before, std::chrono::minutes(10));
}

TEST_F(PaymentsTest, its_client_cannot_end_the_transfer_that_follows_a_payment) {
  const TypeId id = world_.payment_in(Submitted);
  const TypeId execution = TypeId::derive("trf", id, "execution");
  EXPECT_EQ(world_.reason(world_.ask(ledger::VoidTransfer{execution})), "transfer_owned");
  EXPECT_EQ(world_.reason(world_.ask(ledger::PostTransfer{execution, 1})), "transfer_owned");
  ASSERT_EQ(world_.report(id, PaymentStatus::Acsc), "");
  EXPECT_EQ(world_.state_now(id), Settled);
}

}  // namespace
}  // namespace remit::payments
