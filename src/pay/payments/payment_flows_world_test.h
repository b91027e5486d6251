#pragma once

#include "kit/base/codec/faulty_keyring_test.h"
#include "kit/flow/effect_flow.h"
#include "pay/payments/payment_effect.h"
#include "pay/payments/payments_world_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace remit::payments {

inline Error error(ErrorCode code, std::string reason) {
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
                              .expires_at = host_.clock().now() + std::chrono::hours(1)};
    if (!consent_errors.empty()) answer = std::unexpected(take(consent_errors));
    later(std::move(done), std::move(answer));
  }
  void exchange(rails::Landing landing,
                rails::Callback<Result<rails::Authorisation>> done) override {
    EXPECT_EQ(landing.code, "code");
    ++exchanges;
    Result<rails::Authorisation> answer =
        rails::Authorisation{.access_token = "token-1",
                             .expires_at = host_.clock().now() + token_life,
                             .refresh_token = refresh_token};
    if (!exchange_errors.empty()) {
      answer = std::unexpected(take(exchange_errors));
    } else if (!spent_codes.insert(landing.state).second) {
      answer = std::unexpected(error(ErrorCode::PermissionDenied, "invalid_grant"));
    }
    if (after_exchange) std::exchange(after_exchange, nullptr)();
    later(std::move(done), std::move(answer));
  }
  void refresh(std::string with, rails::Callback<Result<rails::Authorisation>> done) override {
    EXPECT_EQ(with, refresh_token);
    ++refreshes;
    Result<rails::Authorisation> answer =
        rails::Authorisation{.access_token = "token-2",
                             .expires_at = host_.clock().now() + std::chrono::hours(1),
                             .refresh_token = "refresh-2"};
    if (!refresh_errors.empty()) {
      answer = std::unexpected(take(refresh_errors));
    } else if (rotates && !spent_refreshes.insert(with).second) {
      answer = std::unexpected(error(ErrorCode::PermissionDenied, "invalid_grant"));
    } else {
      token = answer->access_token;
      if (after_refresh) std::exchange(after_refresh, nullptr)();
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
    if (on_submission) on_submission();
    rails::SubmissionOutcome outcome = rails::Accepted{report(terms::PaymentStatus::Rcvd)};
    if (!outcomes.empty()) {
      outcome = outcomes.front();
      outcomes.erase(outcomes.begin());
    }
    if (auto* accepted = std::get_if<rails::Accepted>(&outcome)) tell_account(accepted->report);
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
      rails::FoundExecuted found{report(terms::PaymentStatus::Acsc), "status_query"};
      tell_account(found.report);
      answer = std::move(found);
    }
    if (resolutions <= silent_resolutions) answer = rails::StillUnknown{"no_evidence"};
    if (resolutions <= replays) answer = rails::ReplayAllowed{};
    later(std::move(done), Result<rails::Resolution>(std::move(answer)));
  }
  void status(std::string bank_payment_id,
              rails::Callback<Result<rails::StatusReport>> done) override {
    EXPECT_EQ(bank_payment_id, "bank-1");
    ++queries;
    Result<rails::StatusReport> answer =
        report(queries >= 3 ? final_status : terms::PaymentStatus::Acsp);
    if (queries == 2) answer = std::unexpected(error(ErrorCode::Unavailable, "bank_down"));
    if (answer) tell_account(*answer);
    later(std::move(done), std::move(answer));
  }

  static rails::StatusReport report(terms::PaymentStatus status) {
    return {.bank_payment_id = "bank-1",
            .status = status,
            .raw_status = std::string(terms::status_code(status))};
  }
  /// A new process: answers to the old one reach nobody.
  void forget_callers() { ++life_; }

  std::vector<Error> consent_errors;
  std::vector<Error> exchange_errors;
  std::vector<Error> refresh_errors;
  std::set<std::string> spent_codes;  ///< By state: a bank takes a code once.
  int exchanges = 0;
  std::function<void()> after_exchange;  ///< Once, when the bank has decided and before it answers.
  Duration token_life = std::chrono::hours(1);
  std::string refresh_token;      ///< What the bank gives with a token; empty: nothing.
  std::string token = "token-1";  ///< What it expects to be used.
  int refreshes = 0;
  bool rotates = false;  ///< It takes each refresh token once.
  std::set<std::string> spent_refreshes;
  std::function<void()> after_refresh;  ///< Once, when the bank has decided and before it answers.
  /// The payer's, which it tells with what is executed.
  std::optional<rails::RefundAccount> refund_account;
  std::function<void()> after_account;             ///< Once, when it tells that.
  std::vector<rails::SubmissionOutcome> outcomes;  ///< Of the next hand-overs; then accepted.
  std::optional<Result<bool>> funds;               ///< Absent: the bank is not asked.
  bool executes_unknown = true;
  int silent_resolutions = 0;
  int replays = 0;                      ///< So many resolutions let the order go again.
  std::function<void()> on_submission;  ///< At each hand-over, when the bank gets it.
  terms::PaymentStatus final_status = terms::PaymentStatus::Acsc;
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
  void tell_account(rails::StatusReport& report) {
    if (!terms::is_executed(report.status)) return;
    report.refund_account = refund_account;
    if (after_account) std::exchange(after_account, nullptr)();
  }
  template <class Done, class T>
  void later(Done done, T answer) {
    host_.timers().after(std::chrono::milliseconds(5), [this, life = life_, done = std::move(done),
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

/// The clock of a process that can stand still between two readings of it.
class StallingClock final : public Clock {
 public:
  explicit StallingClock(Clock& clock) : clock_(clock) {}
  Timestamp now() override { return clock_.now(); }
  Monotonic monotonic() override {
    const Monotonic time = clock_.monotonic() + stood_still_;
    stood_still_ += std::exchange(stall, Duration{});
    return time;
  }
  Duration stall{};  ///< Behind the next reading, once.

 private:
  Clock& clock_;
  Duration stood_still_{};
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
  StallingClock flow_clock{host.clock()};
  codec::FaultyKeyring flow_keyring{keyring};  ///< As the flows have it.

 private:
  static void register_with_flows(engine::Registry& registry) {
    payments::register_payments(registry);
    flow::register_kinds(registry);
  }
  template <class E>
  void start_flow() {
    effects_.push_back(std::make_unique<E>(EffectPorts{*engine, rails_, flow_sealer_, flow_clock}));
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
  SeededEntropy flow_entropy_{2};
  codec::Sealer flow_sealer_{flow_keyring, flow_entropy_};
  flow::JournalSource source_{journal, kPartition};
  flow::MemoryCheckpointTable disk_;
  Rails rails_;
  std::unique_ptr<MortalTable> table_;
  std::vector<std::unique_ptr<PaymentEffect>> effects_;
  std::vector<std::unique_ptr<flow::EffectFlow>> flows_;
};

}  // namespace remit::payments
