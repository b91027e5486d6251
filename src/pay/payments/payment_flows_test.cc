#include "kit/flow/effect_flow.h"
#include "pay/payments/payment_effect.h"
#include "pay/payments/payments_world_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace remit::payments {
namespace {

using enum PaymentState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using terms::PaymentStatus;

Error error(ErrorCode code, std::string reason) {
  return {code, std::move(reason), "As the test says.", {}, {}};
}

/// A bank whose answers the test says; it keeps what it was asked, and survives the crash of who asks. Answers come some
/// time later, through the host's timers, so that a crash may lose them.
class ScriptedRail final : public rails::Rail {
 public:
  explicit ScriptedRail(ManualHost& host) : host_(host) {}

  rails::Capabilities capabilities() const override {
    return {.name = "test_rail", .confirms_funds = funds.has_value()};
  }
  void authorise(rails::Instruction instruction, std::string key,
                 rails::Callback<Result<rails::ConsentCreated>> done) override {
    consents.push_back(key);
    Result<rails::ConsentCreated> answer =
        rails::ConsentCreated{.consent_id = "c-1",
                              .state = "state-" + instruction.payment.to_string(),
                              .expires_at = host_.clock().now() + hours(1)};
    if (!consent_errors.empty()) answer = std::unexpected(take(consent_errors));
    later(std::move(done), std::move(answer));
  }
  void exchange(rails::Landing landing,
                rails::Callback<Result<rails::Authorisation>> done) override {
    EXPECT_EQ(landing.code, "code");
    Result<rails::Authorisation> answer =
        rails::Authorisation{.access_token = "token-1",
                             .expires_at = host_.clock().now() + token_life,
                             .refresh_token = refresh_token};
    if (!exchange_errors.empty()) answer = std::unexpected(take(exchange_errors));
    later(std::move(done), std::move(answer));
  }
  void refresh(std::string with, rails::Callback<Result<rails::Authorisation>> done) override {
    EXPECT_EQ(with, refresh_token);
    ++refreshes;
    Result<rails::Authorisation> answer =
        rails::Authorisation{.access_token = "token-2",
                             .expires_at = host_.clock().now() + hours(1),
                             .refresh_token = "refresh-2"};
    if (refresh_errors.empty()) {
      token = answer->access_token;
    } else {
      answer = std::unexpected(take(refresh_errors));
    }
    later(std::move(done), std::move(answer));
  }
  void confirm_funds(std::string consent_id, std::string access_token,
                     rails::Callback<Result<bool>> done) override {
    EXPECT_EQ(consent_id, "c-1");
    EXPECT_EQ(access_token, token);
    EXPECT_TRUE(funds.has_value());
    later(std::move(done), *funds);
  }
  void submit(rails::Submission submission,
              rails::Callback<rails::SubmissionOutcome> done) override {
    EXPECT_EQ(submission.access_token, token);
    EXPECT_EQ(submission.consent_id, "c-1");
    keys.insert(submission.idempotency_key);
    ++submissions;
    rails::SubmissionOutcome outcome = rails::Accepted{report(PaymentStatus::Rcvd)};
    if (!outcomes.empty()) {
      outcome = outcomes.front();
      outcomes.erase(outcomes.begin());
    }
    const bool received = std::holds_alternative<rails::Accepted>(outcome) ||
                          (std::holds_alternative<rails::Unknown>(outcome) && executes_unknown);
    if (received) executed.insert(submission.idempotency_key);
    later(std::move(done), std::move(outcome));
  }
  void resolve(rails::Submission submission,
               rails::Callback<Result<rails::Resolution>> done) override {
    keys.insert(submission.idempotency_key);
    ++resolutions;
    rails::Resolution answer = rails::FoundNotExecuted{"consent_unused", "Never arrived."};
    if (executed.contains(submission.idempotency_key)) {
      answer = rails::FoundExecuted{report(PaymentStatus::Acsc), "status_query"};
    }
    if (resolutions <= silent_resolutions) answer = rails::StillUnknown{"no_evidence"};
    later(std::move(done), Result<rails::Resolution>(std::move(answer)));
  }
  void status(std::string bank_payment_id,
              rails::Callback<Result<rails::StatusReport>> done) override {
    EXPECT_EQ(bank_payment_id, "bank-1");
    ++queries;
    Result<rails::StatusReport> answer = report(queries >= 3 ? final_status : PaymentStatus::Acsp);
    if (queries == 2) answer = std::unexpected(error(ErrorCode::Unavailable, "bank_down"));
    later(std::move(done), std::move(answer));
  }

  static rails::StatusReport report(PaymentStatus status) {
    return {.bank_payment_id = "bank-1",
            .status = status,
            .raw_status = std::string(terms::status_code(status))};
  }
  /// A new process: answers to the old one reach nobody.
  void forget_callers() { ++life_; }

  std::vector<Error> consent_errors;
  std::vector<Error> exchange_errors;
  std::vector<Error> refresh_errors;
  Duration token_life = hours(1);
  std::string refresh_token;      ///< What the bank gives with a token; empty: nothing.
  std::string token = "token-1";  ///< What it expects to be used.
  int refreshes = 0;
  std::vector<rails::SubmissionOutcome> outcomes;  ///< Of the next hand-overs; then accepted.
  std::optional<Result<bool>> funds;               ///< Absent: the bank is not asked.
  bool executes_unknown = true;
  int silent_resolutions = 0;
  PaymentStatus final_status = PaymentStatus::Acsc;
  std::vector<std::string> consents;
  std::set<std::string> keys;
  std::set<std::string> executed;  ///< The bank's own books, by idempotency key.
  int submissions = 0;
  int resolutions = 0;
  int queries = 0;

 private:
  static Error take(std::vector<Error>& errors) {
    Error first = errors.front();
    errors.erase(errors.begin());
    return first;
  }
  template <class Done, class T>
  void later(Done done, T answer) {
    host_.timers().after(milliseconds(5), [this, life = life_, done = std::move(done),
                                           answer = std::move(answer)]() mutable {
      if (life == life_) done(std::move(answer));
    });
  }
  ManualHost& host_;
  int life_ = 0;
};

/// The checkpoints of a process that may die: what a dead one saves is not saved.
class MortalTable final : public flow::CheckpointTable {
 public:
  explicit MortalTable(flow::CheckpointTable& disk) : disk_(disk) {}
  Result<flow::Checkpoint> load(std::string_view flow) override { return disk_.load(flow); }
  Result<void> save(std::string_view flow, const flow::Checkpoint& checkpoint) override {
    return dead ? Result<void>{} : disk_.save(flow, checkpoint);
  }
  bool dead = false;

 private:
  flow::CheckpointTable& disk_;
};

/// The five flows on one partition, the bank and the payer.
class FlowsWorld : public PaymentsWorld {
 public:
  explicit FlowsWorld(std::uint64_t seed = 1)
      : PaymentsWorld(seed, &register_with_flows), random_(seed) {
    rails_.emplace("test_rail", &rail);
    journal.on_durable([this](journal::PartitionId, const journal::Head&) {
      for (const auto& each : flows_) each->wake();
    });
    start_flows();
  }
  ~FlowsWorld() { flows_.clear(); }

  void end_process() {
    table_->dead = true;
    flows_.clear();
    crash();
    // Only now: the engine's end may still call back into them.
    rail.forget_callers();
    effects_.clear();
    start_flows();
  }
  /// One step, or the next timer alone.
  bool tick() { return host.step() || host.fire_next_timer(); }

  /// Without a step of anything, for a crash at any step.
  bool has_event(std::string_view type) {
    return std::ranges::any_of(events(),
                               [&](const journal::Event& event) { return event.type == type; });
  }
  void approve_later(const TypeId& payment) {
    engine->submit(
        {.command = id("cmd")},
        AuthorisePayment{
            state_of(payment), *sealer.seal(client, AuthorisationCode{"code", "jwt"}), {}},
        [](Result<engine::Answered>) {});
  }

  flow::FlowStatus status(std::size_t which) const { return flows_[which]->status(); }
  std::size_t flow_count() const { return flows_.size(); }
  std::size_t dead_letters() {
    std::size_t count = 0;
    for (const journal::Event& event : events()) count += event.type == "deadletter.created";
    return count;
  }

  ScriptedRail rail{host};

 private:
  static void register_with_flows(engine::Registry& registry) {
    payments::register_payments(registry);
    flow::register_kinds(registry);
  }
  template <class E>
  void start_flow() {
    effects_.push_back(std::make_unique<E>(EffectPorts{*engine, rails_, sealer, host.clock()}));
    flow::EffectFlowOptions options;
    options.name = std::string(E::kName);
    flows_.push_back(std::make_unique<flow::EffectFlow>(
        flow::EffectFlow::Ports{*engine, source_, *effects_.back(), *table_, host, random_},
        options));
    ASSERT_TRUE(flows_.back()->start());
  }
  void start_flows() {
    table_ = std::make_unique<MortalTable>(disk_);
    start_flow<AuthorisePayments>();
    start_flow<ExchangeCodes>();
    start_flow<SubmitPayments>();
    start_flow<ResolvePayments>();
    start_flow<QueryStatuses>();
  }

  SeededRandom random_;
  flow::JournalSource source_{journal, kPartition};
  flow::MemoryCheckpointTable disk_;
  Rails rails_;
  std::unique_ptr<MortalTable> table_;
  std::vector<std::unique_ptr<PaymentEffect>> effects_;
  std::vector<std::unique_ptr<flow::EffectFlow>> flows_;
};

class PaymentFlowsTest : public testing::Test {
 protected:
  FlowsWorld world_;

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
      rails::Rejected{error(ErrorCode::FailedPrecondition, "authorisation_expired")}};
  const TypeId id = approved();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.payment(id).reason.code, "authorisation_expired");
  EXPECT_EQ(world_.rail.refreshes, 1);
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
