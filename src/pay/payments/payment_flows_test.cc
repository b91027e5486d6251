#include "pay/payments/payment_flows_world_test.h"

#include <gmock/gmock.h>

namespace remit::payments {
namespace {

using enum PaymentState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using terms::PaymentStatus;

class PaymentFlowsTest : public testing::Test {
 protected:
  FlowsWorld world_;
  /// Of the keys and of the journal, for what is to be sealed and recorded next.
  const std::vector<std::function<void()>> passing_faults_ = {
      [this] { world_.flow_keyring.failing_ensures = 1; },
      [this] { world_.flow_keyring.failing_ensures = 3; },
      [this] { world_.faulty_journal.expect({engine::FaultyJournal::Fate::Refuse}); },
      [this] { world_.faulty_journal.expect({engine::FaultyJournal::Fate::UnknownLost}); },
      [this] { world_.faulty_journal.expect({engine::FaultyJournal::Fate::UnknownWritten}); },
  };

  /// Creates a payment, waits for the consent and lets the payer approve.
  TypeId approved() {
    const TypeId id = world_.create();
    world_.host.advance(milliseconds(20));
    EXPECT_EQ(world_.state_now(id), AwaitingAuthorisation);
    EXPECT_EQ(world_.authorise(id), "");
    return id;
  }
};

TEST_F(PaymentFlowsTest, a_payment_goes_its_way) {
  const TypeId id = approved();
  world_.host.advance(milliseconds(100));
  EXPECT_EQ(world_.state_now(id), Submitted);
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), Settled);
  EXPECT_EQ(world_.rail.submissions, 1);
  EXPECT_EQ(world_.rail.queries, 3) << "in process, silent, executed";
  for (std::size_t i = 0; i < world_.flow_count(); ++i) {
    EXPECT_EQ(world_.status(i).lag_records, 0U) << world_.status(i).name;
  }
}

TEST_F(PaymentFlowsTest, a_bank_that_is_away_or_unsure_is_asked_for_a_consent_again_under_one_key) {
  world_.rail.consent_errors = {error(ErrorCode::Unavailable, "bank_down"),
                                error(ErrorCode::OutcomeUnknown, "timeout")};
  const TypeId id = world_.create();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), AwaitingAuthorisation);
  EXPECT_EQ(world_.rail.consents.size(), 3U);
  EXPECT_EQ(std::set(world_.rail.consents.begin(), world_.rail.consents.end()).size(), 1U);
}

TEST_F(PaymentFlowsTest, refusals_of_bank_and_code_reject_the_payment) {
  world_.rail.consent_errors = {error(ErrorCode::InvalidArgument, "creditor_unknown")};
  const TypeId refused = world_.create();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(refused), Rejected);
  EXPECT_EQ(world_.payment(refused).reason.code, "creditor_unknown");
  world_.rail.exchange_errors = {error(ErrorCode::OutcomeUnknown, "timeout")};
  const TypeId unsure = approved();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(unsure), Rejected) << "a code is good for one exchange";
  EXPECT_EQ(world_.rail.submissions, 0);
}

TEST_F(PaymentFlowsTest, what_was_granted_for_a_code_is_sealed_and_recorded_later_if_need_be) {
  world_.rail.refresh_token = "refresh-1";
  for (std::size_t i = 0; i < passing_faults_.size(); ++i) {
    SCOPED_TRACE(i);
    world_.rail.exchanges = 0;
    world_.rail.after_exchange = passing_faults_[i];
    const TypeId id = approved();
    world_.host.advance(minutes(2));
    EXPECT_EQ(world_.state_now(id), Settled) << world_.payment(id).reason.code;
    EXPECT_EQ(world_.rail.exchanges, 1);
  }
  EXPECT_EQ(world_.dead_letters(), 0U);
}

TEST_F(PaymentFlowsTest, what_did_not_arrive_goes_again_under_the_same_key) {
  world_.rail.outcomes = {
      rails::NotSent{error(ErrorCode::Unavailable, "connect_failed"), {}},
      rails::NotSent{error(ErrorCode::LimitExceeded, "rate_limited"), minutes(2)},
  };
  const TypeId id = approved();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.rail.submissions, 2);
  world_.host.advance(minutes(2));
  EXPECT_EQ(world_.rail.submissions, 3);
  EXPECT_EQ(world_.rail.keys.size(), 1U);
  EXPECT_EQ(world_.state_now(id), Settled);
}

TEST_F(PaymentFlowsTest, whoever_throttled_one_copy_may_have_taken_the_other) {
  world_.rail.outcomes = {
      rails::NotSent{error(ErrorCode::Unavailable, "bank_throttles"), {}, true},
      rails::Rejected{error(ErrorCode::FailedPrecondition, "funds")},
  };
  const TypeId id = approved();
  world_.rail.executed.insert(world_.payment(id).instruction_id + "-1");
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), Settled);
  EXPECT_EQ(world_.rail.submissions, 2);
}

TEST_F(PaymentFlowsTest,
       an_order_goes_again_behind_a_journalled_start_and_what_refuses_it_ends_nothing) {
  world_.rail.outcomes = {
      rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")},
      rails::NotSent{error(ErrorCode::Unavailable, "not_connected"), {}},
      rails::Rejected{error(ErrorCode::FailedPrecondition, "no"), false},
  };
  world_.rail.executes_unknown = false;
  world_.rail.replays = 2;
  const TypeId id = approved();
  world_.host.advance(milliseconds(900));
  ASSERT_EQ(world_.state_now(id), OutcomeUnknown);
  const Timestamp first = world_.payment(id).attempt.sent_before;
  world_.rail.on_submission = [&] { EXPECT_TRUE(world_.has_event("payment.replay_started")); };
  world_.host.advance(std::chrono::seconds(2));
  EXPECT_EQ(world_.rail.submissions, 2);
  EXPECT_GT(world_.payment(id).attempt.sent_before, first);
  EXPECT_FALSE(world_.payment(id).attempt.refused);
  world_.host.advance(std::chrono::milliseconds(2100));
  EXPECT_EQ(world_.rail.submissions, 3);
  EXPECT_TRUE(world_.payment(id).attempt.refused);
  EXPECT_EQ(world_.state_now(id), OutcomeUnknown);
  EXPECT_EQ(world_.rail.keys.size(), 1U);
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), Rejected) << "by the evidence";
  EXPECT_EQ(world_.payment(id).reason.code, "no") << "which does not say why";
}

/// Whoever takes over meanwhile judges by the journal what can still arrive.
TEST_F(PaymentFlowsTest, whoever_stood_still_behind_the_journalled_start_sends_nothing) {
  world_.flow_clock.stall = kHandOverWithin + milliseconds(1);
  world_.rail.outcomes = {rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")}};
  world_.rail.replays = 2;
  const TypeId id = approved();
  world_.host.advance(milliseconds(100));
  EXPECT_EQ(world_.rail.submissions, 0);
  EXPECT_EQ(world_.payment(id).reason.code, "hand_over_late");
  for (int i = 0; i < 500 && world_.state_now(id) != OutcomeUnknown; ++i) {
    world_.host.advance(milliseconds(10));
  }
  ASSERT_EQ(world_.rail.submissions, 1) << "it was sent later";
  world_.flow_clock.stall = kHandOverWithin + milliseconds(1);
  world_.host.advance(milliseconds(1400));
  EXPECT_EQ(world_.rail.submissions, 1);
  world_.flow_clock.stall = kHandOverWithin;
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.rail.submissions, 2);
  EXPECT_EQ(world_.state_now(id), Settled);
}

TEST_F(PaymentFlowsTest, a_replay_that_the_bank_answers_is_the_order) {
  world_.rail.outcomes = {rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")}};
  world_.rail.replays = 1;
  const TypeId id = approved();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), Settled);
  EXPECT_EQ(world_.rail.submissions, 2);
  EXPECT_EQ(world_.rail.keys.size(), 1U);
}

TEST_F(PaymentFlowsTest, a_refused_hand_over_ends_the_payment) {
  world_.rail.outcomes = {rails::Rejected{error(ErrorCode::FailedPrecondition, "funds")}};
  const TypeId id = approved();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), Rejected);
  EXPECT_EQ(world_.book("client_funds"), ledger::Balances{});
}

TEST_F(PaymentFlowsTest, a_token_without_time_is_refreshed_before_it_is_used) {
  world_.rail.refresh_token = "refresh-1";
  world_.rail.token_life = std::chrono::seconds(59);
  const TypeId id = approved();
  world_.host.advance(milliseconds(100));
  EXPECT_EQ(world_.rail.refreshes, 1);
  EXPECT_EQ(world_.state_now(id), Submitted) << "with the new token, as the bank checks";
  const Payment refreshed = world_.payment(id);
  EXPECT_EQ(world_.sealer.open(refreshed.access_token).value(), "token-2");
  EXPECT_EQ(world_.sealer.open(refreshed.refresh_token).value(), "refresh-2");
  for (const journal::Event& event : world_.events()) {
    for (const std::string_view secret : {"token-1", "token-2", "refresh-1", "refresh-2"}) {
      EXPECT_EQ(as_text(event.payload).find(secret), std::string_view::npos) << event.type;
    }
  }
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), Settled);
  EXPECT_TRUE(world_.payment(id).refresh_token.empty());
  EXPECT_EQ(world_.rail.submissions, 1);
}

TEST_F(PaymentFlowsTest, what_was_refreshed_is_sealed_and_recorded_later_if_need_be) {
  world_.rail.rotates = true;
  for (std::size_t i = 0; i < passing_faults_.size(); ++i) {
    SCOPED_TRACE(i);
    world_.rail.token = "token-1";
    world_.rail.token_life = Duration{0};
    world_.rail.refresh_token = fmt::format("refresh-of-{}", i);
    world_.rail.refreshes = 0;
    world_.rail.after_refresh = passing_faults_[i];
    const TypeId id = approved();
    world_.host.advance(minutes(2));
    EXPECT_EQ(world_.state_now(id), Settled) << world_.payment(id).reason.code;
    EXPECT_EQ(world_.rail.refreshes, 1);
  }
  EXPECT_EQ(world_.dead_letters(), 0U);
}

TEST_F(PaymentFlowsTest, a_token_with_time_is_left_alone) {
  world_.rail.refresh_token = "refresh-1";
  world_.rail.token_life = std::chrono::seconds(61);
  const TypeId id = approved();
  world_.host.advance(milliseconds(100));
  EXPECT_EQ(world_.state_now(id), Submitted);
  EXPECT_EQ(world_.rail.refreshes, 0);
}

TEST_F(PaymentFlowsTest, what_a_bank_does_not_refresh_it_judges_itself) {
  world_.rail.refresh_token = "refresh-1";
  world_.rail.token_life = Duration{0};
  world_.rail.refresh_errors = {error(ErrorCode::PermissionDenied, "invalid_grant")};
  world_.rail.outcomes = {
      rails::Rejected{error(ErrorCode::FailedPrecondition, "authorisation_expired"), true}};
  const TypeId id = approved();
  world_.host.advance(milliseconds(100));
  EXPECT_EQ(world_.payment(id).reason.code, "authorisation_expired");
  EXPECT_EQ(world_.state_now(id), OutcomeUnknown) << "another copy may have been in time";
  EXPECT_TRUE(world_.payment(id).attempt.refused);
  EXPECT_EQ(world_.rail.refreshes, 1);
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), Rejected);
  EXPECT_EQ(world_.payment(id).reason.code, "authorisation_expired");
}

TEST_F(PaymentFlowsTest,
       a_refresh_that_nobody_heard_is_asked_for_again_when_the_token_has_no_time) {
  world_.rail.refresh_token = "refresh-1";
  world_.rail.token_life = Duration{0};
  world_.rail.refresh_errors = {error(ErrorCode::Unavailable, "bank_down"),
                                error(ErrorCode::OutcomeUnknown, "timeout")};
  const TypeId id = approved();
  world_.host.advance(minutes(2));
  EXPECT_EQ(world_.rail.refreshes, 3);
  EXPECT_EQ(world_.rail.submissions, 1);
  EXPECT_EQ(world_.state_now(id), Settled);
  world_.rail.token = "token-1";
  world_.rail.token_life = std::chrono::seconds(30);
  world_.rail.refresh_errors = {error(ErrorCode::Unavailable, "bank_down")};
  const TypeId in_time = approved();
  world_.host.advance(milliseconds(100));
  EXPECT_EQ(world_.state_now(in_time), Submitted) << "the old token had time left";
}

TEST_F(PaymentFlowsTest, a_payment_without_funds_is_never_handed_over) {
  world_.rail.funds = false;
  const TypeId id = approved();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(id), Rejected);
  EXPECT_EQ(world_.payment(id).reason.code, "funds_not_available");
  EXPECT_EQ(world_.rail.submissions, 0);
  EXPECT_EQ(world_.book("client_funds"), ledger::Balances{});
}

TEST_F(PaymentFlowsTest, funds_that_are_there_or_unconfirmed_stop_nothing) {
  world_.rail.funds = true;
  const TypeId rich = approved();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(rich), Settled);
  world_.rail.funds = std::unexpected(error(ErrorCode::Unavailable, "funds_unconfirmed"));
  const TypeId unsure = approved();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.state_now(unsure), Settled);
  EXPECT_EQ(world_.rail.submissions, 2);
}

TEST_F(PaymentFlowsTest, an_unknown_outcome_is_resolved_by_evidence_and_never_by_sending_anew) {
  for (const bool executed : {true, false}) {
    world_.rail.outcomes = {rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")}};
    world_.rail.executes_unknown = executed;
    world_.rail.resolutions = 0;
    world_.rail.silent_resolutions = 2;
    const int before = world_.rail.submissions;
    const TypeId id = approved();
    world_.host.advance(milliseconds(100));
    EXPECT_EQ(world_.state_now(id), OutcomeUnknown);
    world_.host.advance(minutes(2));
    EXPECT_EQ(world_.state_now(id), executed ? Settled : Rejected);
    EXPECT_EQ(world_.rail.submissions, before + 1);
    EXPECT_EQ(world_.rail.resolutions, 3);
  }
}

TEST_F(PaymentFlowsTest, what_no_evidence_settles_goes_to_a_person) {
  world_.rail.outcomes = {rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")}};
  world_.rail.silent_resolutions = 1000;
  const TypeId id = approved();
  world_.host.advance(hours(24));
  EXPECT_EQ(world_.state_now(id), OutcomeUnknown);
  EXPECT_TRUE(world_.payment(id).needs_operator);
  EXPECT_EQ(world_.rail.resolutions, 12);
}

TEST_F(PaymentFlowsTest, the_payers_account_is_known_also_when_it_could_not_be_sealed_at_once) {
  world_.rail.refund_account = {.account = {.identification = "20000055779911"}, .name = "ADA"};
  const std::vector<std::vector<rails::SubmissionOutcome>> ways = {
      {rails::Accepted{ScriptedRail::report(PaymentStatus::Rcvd)}},  // A status query tells it.
      {rails::Accepted{ScriptedRail::report(PaymentStatus::Acsc)}},
      {rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")}},
  };
  for (std::size_t i = 0; i < ways.size(); ++i) {
    SCOPED_TRACE(i);
    world_.rail.queries = 0;
    world_.rail.submissions = 0;
    world_.rail.keys.clear();
    world_.rail.outcomes = ways[i];
    world_.rail.after_account = [this] { world_.flow_keyring.failing_ensures = 2; };
    const TypeId id = approved();
    world_.host.advance(minutes(5));
    EXPECT_EQ(world_.state_now(id), Settled);
    EXPECT_EQ(world_.rail.submissions, 1);
    EXPECT_EQ(world_.rail.keys.size(), 1U);
    const auto party = world_.sealer.open(world_.payment(id).refund_party);
    EXPECT_EQ(party ? party->name : party.error().reason, "ADA");
  }
  EXPECT_EQ(world_.dead_letters(), 0U);
}

TEST_F(PaymentFlowsTest, what_became_of_a_payment_is_recorded_also_when_its_key_is_gone_for_good) {
  world_.rail.refund_account = {.account = {.identification = "20000055779911"}, .name = "ADA"};
  for (const PaymentStatus at_once : {PaymentStatus::Rcvd, PaymentStatus::Acsc}) {
    world_.rail.outcomes = {rails::Accepted{ScriptedRail::report(at_once)}};
    world_.rail.after_account = [this] { ASSERT_TRUE(world_.keyring.erase(world_.payer)); };
    world_.payer = *world_.sealer.make_owner(payers::Payer::kPrefix, world_.client);
    const TypeId id = approved();
    world_.host.advance(minutes(5));
    EXPECT_EQ(world_.state_now(id), Settled);
    EXPECT_TRUE(world_.payment(id).refund_party.empty());
  }
  EXPECT_EQ(world_.dead_letters(), 0U);
}

TEST_F(PaymentFlowsTest, what_cannot_be_opened_is_never_taken_for_sent) {
  const TypeId id = approved();
  ASSERT_TRUE(world_.keyring.erase(world_.client));
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.rail.submissions, 0);
  EXPECT_NE(world_.state_now(id), OutcomeUnknown);
  EXPECT_NE(world_.state_now(id), Submitting);
  EXPECT_EQ(world_.dead_letters(), 1U);
}

/// One way of the bank to behave, for the crash after every step.
struct Story {
  const char* name;
  std::function<void(ScriptedRail&)> script;
};
const Story kStories[] = {
    {"accepted", [](ScriptedRail&) {}},
    {"accepted_and_executed",
     [](ScriptedRail& rail) {
       rail.outcomes = {rails::Accepted{ScriptedRail::report(PaymentStatus::Acsc)}};
     }},
    {"unknown_and_executed",
     [](ScriptedRail& rail) {
       rail.outcomes = {rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")}};
     }},
    {"unknown_and_not_executed",
     [](ScriptedRail& rail) {
       rail.outcomes = {rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")}};
       rail.executes_unknown = false;
     }},
    {"not_sent_at_first",
     [](ScriptedRail& rail) {
       rail.outcomes = {rails::NotSent{error(ErrorCode::Unavailable, "connect_failed"), {}}};
     }},
};

class PaymentFlowsCrash : public testing::TestWithParam<Story> {};

TEST_P(PaymentFlowsCrash, after_any_step_nothing_is_doubled_and_nothing_is_lost) {
  bool quiet = false;
  int crash_after = 0;
  for (; !quiet && !HasFailure(); ++crash_after) {
    SCOPED_TRACE(fmt::format("crash after {} steps", crash_after));
    FlowsWorld world;
    GetParam().script(world.rail);
    const TypeId id = world.create();
    int steps = 0;
    bool approved = false;
    while (steps < crash_after && world.tick()) {
      ++steps;
      if (!approved && world.has_event("payment.consent_created")) {
        approved = true;
        world.approve_later(id);
      }
      if (world.has_event("payment.settled") || world.has_event("payment.rejected")) quiet = true;
    }
    world.end_process();
    world.host.advance(minutes(1));
    // The payer tries again as long as nothing came of it.
    if (world.state_now(id) == AwaitingAuthorisation) {
      EXPECT_EQ(world.authorise(id), "");
    }
    world.host.advance(hours(1));
    const Payment payment = world.payment(id);
    EXPECT_TRUE(payment.state == Settled || payment.state == Rejected)
        << static_cast<int>(payment.state);
    EXPECT_EQ(payment.state == Settled, !world.rail.executed.empty()) << "the bank's books differ";
    EXPECT_LE(world.rail.executed.size(), 1U);
    EXPECT_LE(world.rail.keys.size(), 1U) << "two keys are two payments";
    EXPECT_EQ(world.dead_letters(), 0U);
    world.expect_fold_agrees();
  }
  EXPECT_GT(crash_after, 20);
}

INSTANTIATE_TEST_SUITE_P(Stories, PaymentFlowsCrash, testing::ValuesIn(kStories),
                         [](const auto& story) { return std::string(story.param.name); });

}  // namespace
}  // namespace remit::payments
