#include "pay/payments/event_watch.h"

#include "kit/flow/read_model.h"
#include "kit/flow/record.h"
#include "pay/payments/limits.h"
#include "pay/payments/payments_world_test.h"
#include "pay/payments/read_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <unistd.h>

namespace remit::payments {
namespace {

using enum PaymentState;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

Error error(ErrorCode code, std::string reason) {
  return {code, std::move(reason), "As the test says.", {}, {}};
}

/// A bank that tells what nobody acknowledged or refused, a moment after it is asked.
class ScriptedSource final : public rails::EventSource {
 public:
  explicit ScriptedSource(ManualHost& host) : host_(host) {}

  void subscribe(std::string callback_url, rails::Callback<Result<void>> done) override {
    subscriptions.push_back(callback_url.empty() ? "poll" : callback_url);
    answer_subscription(std::move(done));
  }
  void unsubscribe(rails::Callback<Result<void>> done) override {
    subscriptions.emplace_back("none");
    answer_subscription(std::move(done));
  }
  void poll(rails::EventPoll poll, rails::Callback<Result<rails::EventBatch>> done) override {
    polls.push_back(poll);
    Result<rails::EventBatch> batch = rails::EventBatch{};
    if (!poll_errors.empty()) {
      batch = std::unexpected(poll_errors.front());
      poll_errors.erase(poll_errors.begin());
    } else {
      for (const std::string& id : poll.acknowledged) waiting.erase(id);
      for (const rails::RefusedEvent& refused : poll.refused) waiting.erase(refused.id);
      const std::size_t count = std::min<std::size_t>({waiting.size(), poll.events_max, page});
      for (const auto& [id, event] : waiting) {
        if (batch->events.size() < count) batch->events.push_back({id, event});
      }
      batch->more_available = waiting.size() > count;
    }
    later([done = std::move(done), batch = std::move(batch)]() mutable { done(std::move(batch)); });
  }
  void verify(std::string token, rails::Callback<Result<rails::BankEvent>> done) override {
    const auto found = waiting.find(token);
    done(found == waiting.end() ? Result<rails::BankEvent>(std::unexpected(
                                      error(ErrorCode::PermissionDenied, "event_signature")))
                                : found->second);
  }

  void tell(const std::string& id, const std::string& bank_payment_id) {
    waiting.insert_or_assign(id, rails::BankEvent{.id = id,
                                                  .happened_at = host_.clock().now(),
                                                  .type = "resource-update",
                                                  .bank_payment_id = bank_payment_id});
  }

  std::map<std::string, Result<rails::BankEvent>> waiting;
  std::size_t page = 1000;
  std::vector<rails::EventPoll> polls;
  std::vector<Error> poll_errors;
  std::vector<std::string> subscriptions;
  std::vector<Error> subscribe_errors;

 private:
  void answer_subscription(rails::Callback<Result<void>> done) {
    Result<void> answer;
    if (!subscribe_errors.empty()) {
      answer = std::unexpected(subscribe_errors.front());
      subscribe_errors.erase(subscribe_errors.begin());
    }
    later([done = std::move(done), answer]() mutable { done(answer); });
  }
  void later(std::move_only_function<void()> then) {
    host_.timers().after(milliseconds(5), std::move(then));
  }
  ManualHost& host_;
};

/// The read model of the world's partition, behind that of a partition which holds nothing.
class EventWatchTest : public testing::Test {
 protected:
  EventWatchTest() {
    remove_files();
    for (const char* name : {"empty", "real"}) {
      std::vector<std::unique_ptr<flow::ReadTables>> tables;
      tables.push_back(make_read_tables());
      models_.push_back(
          *flow::ReadModel::open(world_.registry, {path(name), {"pay"}}, std::move(tables)));
      queries_.push_back(*store::ReadQueries::start(path(name), "read-queries", world_.host));
    }
    start(EventDelivery::Poll);
  }
  ~EventWatchTest() override {
    watch_.reset();
    queries_.clear();
    models_.clear();
    remove_files();
  }
  static std::string path(const std::string& name) {
    return (std::filesystem::temp_directory_path() /
            fmt::format("remit-events-{}-{}.db", name, static_cast<long>(::getpid())))
        .string();
  }
  static void remove_files() {
    for (const char* name : {"empty", "real"}) {
      for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path(name) + suffix);
    }
  }
  /// A new process: it knows what is on the disk.
  void start(EventDelivery delivery) {
    watch_.reset();
    intake_ = std::make_unique<EventIntake>(std::vector<EventIntake::Partition>{
        {*world_.engine, *queries_[0]}, {*world_.engine, *queries_[1]}});
    watch_ = std::make_unique<EventWatch>(
        EventWatch::Ports{*intake_, world_.host, [this](const EventNews& news) { note(news); }},
        std::vector<WatchedBank>{{.origin = {"bank", {"other_rail", "test_rail"}},
                                  .issuer = "https://bank",
                                  .source = &source_,
                                  .delivery = delivery,
                                  .interval = seconds(10),
                                  .callback_url = "https://us/event-notifications"}});
    watch_->start();
  }
  void note(const EventNews& news) {
    using Kind = EventNews::Kind;
    if (news.kind == Kind::Polled) return;
    const std::string why = news.error == nullptr ? "" : " " + news.error->reason;
    static const std::map<Kind, std::string> kinds{{Kind::Taken, "taken"},
                                                   {Kind::Refused, "refused"},
                                                   {Kind::GivenUp, "given up"},
                                                   {Kind::Postponed, "postponed"},
                                                   {Kind::PollFailed, "poll failed"},
                                                   {Kind::SubscribeFailed, "subscribe failed"}};
    static const std::map<EventOutcome, std::string> outcomes{
        {EventOutcome::Noted, " noted"},
        {EventOutcome::Repeated, " repeated"},
        {EventOutcome::OfNoPayment, " of no payment"},
        {EventOutcome::Unmatched, " unmatched"}};
    news_.push_back(kinds.at(news.kind) +
                    (news.kind == Kind::Taken ? outcomes.at(news.outcome) : why));
  }
  /// The read model takes in what the journal holds.
  void follow() {
    flow::JournalSource source(world_.journal, PaymentsWorld::kPartition);
    const auto records = *source.read(*models_[1]->checkpoint(), {.events_max = 1000});
    if (records.empty()) return;
    ASSERT_TRUE(models_[1]->apply(records, records.back().cursor));
  }
  TypeId submitted() {
    const TypeId id = world_.payment_in(Submitted);
    follow();
    return id;
  }
  std::vector<std::string> acknowledged() const {
    std::vector<std::string> all;
    for (const rails::EventPoll& poll : source_.polls) {
      all.insert(all.end(), poll.acknowledged.begin(), poll.acknowledged.end());
    }
    return all;
  }
  /// Due because of events, by their ids.
  std::vector<std::string> hints() {
    std::vector<std::string> ids;
    for (const journal::Event& event : world_.events()) {
      if (event.type != "payment.status_due") continue;
      const auto due = *codec::decode<PaymentStatusDue>(event.payload);
      if (!due.bank_event.empty()) ids.push_back(due.bank_event);
    }
    return ids;
  }
  std::string push(const std::string& token, std::string_view issuer = "https://bank") {
    std::string reason = "not answered";
    watch_->take_pushed(
        issuer, token, [&](const Result<void>& done) { reason = done ? "" : done.error().reason; });
    world_.host.advance(kPushedTriedEvery * kPushedTriesMax);
    return reason;
  }

  PaymentsWorld world_;
  std::vector<std::unique_ptr<flow::ReadModel>> models_;
  std::vector<std::unique_ptr<store::ReadQueries>> queries_;
  ScriptedSource source_{world_.host};
  std::vector<std::string> news_;
  std::unique_ptr<EventIntake> intake_;
  std::unique_ptr<EventWatch> watch_;
};

TEST_F(EventWatchTest, an_event_has_the_status_asked_for_and_is_acknowledged_once_that_is_durable) {
  const TypeId payment = submitted();
  const std::uint32_t polls = world_.payment(payment).polls;
  source_.tell("e-1", "bank-1");
  world_.host.advance(milliseconds(100));
  EXPECT_THAT(hints(), ElementsAre("e-1"));
  EXPECT_EQ(world_.payment(payment).hints, 1U);
  EXPECT_EQ(world_.payment(payment).polls, polls) << "an event costs no poll";
  EXPECT_THAT(acknowledged(), IsEmpty());
  world_.host.advance(seconds(10));
  EXPECT_THAT(acknowledged(), ElementsAre("e-1"));
  EXPECT_TRUE(source_.waiting.empty());
  EXPECT_THAT(news_, ElementsAre("taken noted"));
}

TEST_F(EventWatchTest, an_event_before_its_payment_is_kept_until_it_is_known) {
  source_.tell("e-1", "bank-1");
  world_.host.advance(seconds(5));
  const TypeId payment = submitted();
  EXPECT_THAT(hints(), IsEmpty());
  world_.host.advance(seconds(1));
  EXPECT_THAT(hints(), ElementsAre("e-1")) << "without waiting for the next poll";
  world_.host.advance(seconds(10));
  EXPECT_THAT(acknowledged(), ElementsAre("e-1"));
  EXPECT_THAT(news_, ElementsAre("taken unmatched", "taken noted"));
  EXPECT_EQ(world_.payment(payment).hints, 1U);
}

TEST_F(EventWatchTest, an_event_that_nobody_needs_is_given_up_in_the_end) {
  source_.tell("e-1", "somebody-elses");
  world_.host.advance(kEventWaitMax - minutes(1));
  EXPECT_THAT(acknowledged(), IsEmpty());
  EXPECT_EQ(watch_->pollers().front()->waiting(), 1U);
  world_.host.advance(minutes(2));
  EXPECT_THAT(acknowledged(), ElementsAre("e-1"));
  EXPECT_THAT(news_, ElementsAre("taken unmatched", "given up"));
  EXPECT_EQ(watch_->pollers().front()->waiting(), 0U);
}

TEST_F(EventWatchTest, events_that_wait_do_not_fill_the_answers) {
  for (int i = 0; i < 150; ++i) source_.tell(fmt::format("a-{:03}", i), "somebody-elses");
  world_.host.advance(seconds(1));
  submitted();
  source_.tell("e-1", "bank-1");
  world_.host.advance(seconds(20));
  EXPECT_THAT(hints(), ElementsAre("e-1"));
  EXPECT_EQ(source_.polls.back().events_max, kEventsPerPollMax + 150);
}

TEST_F(EventWatchTest, beyond_its_bound_the_oldest_is_given_up) {
  for (std::size_t i = 0; i < kEventsWaitingMax + 3; ++i) {
    source_.tell(fmt::format("e-{:04}", i), "somebody-elses");
  }
  world_.host.advance(seconds(20));
  EXPECT_EQ(std::ranges::count(news_, "given up"), 3);
  EXPECT_EQ(watch_->pollers().front()->waiting(), kEventsWaitingMax);
}

TEST_F(EventWatchTest, an_event_that_is_told_again_changes_nothing) {
  submitted();
  source_.tell("e-1", "bank-1");
  world_.host.advance(seconds(15));
  source_.tell("e-1", "bank-1");
  world_.host.advance(seconds(20));
  EXPECT_THAT(hints(), ElementsAre("e-1"));
  EXPECT_THAT(acknowledged(), ElementsAre("e-1", "e-1"));
  EXPECT_THAT(news_, ElementsAre("taken noted", "taken repeated"));
}

TEST_F(EventWatchTest, what_was_durable_and_not_acknowledged_comes_again_after_a_crash) {
  const TypeId payment = submitted();
  source_.tell("e-1", "bank-1");
  world_.host.advance(milliseconds(100));
  EXPECT_THAT(hints(), ElementsAre("e-1"));
  watch_.reset();
  world_.crash();
  start(EventDelivery::Poll);
  world_.host.advance(seconds(15));
  EXPECT_THAT(hints(), ElementsAre("e-1", "e-1")) << "one more look, and nothing else";
  EXPECT_THAT(acknowledged(), ElementsAre("e-1"));
  EXPECT_EQ(world_.report(payment, terms::PaymentStatus::Acsc), "");
  const std::size_t before = world_.events().size();
  source_.tell("e-2", "bank-1");
  world_.host.advance(seconds(15));
  EXPECT_EQ(world_.events().size(), before) << "of a payment that has ended";
  EXPECT_EQ(world_.state_now(payment), Settled);
}

TEST_F(EventWatchTest, an_event_that_is_not_believed_is_refused_and_never_obeyed) {
  const TypeId payment = submitted();
  source_.waiting.emplace("e-1",
                          std::unexpected(error(ErrorCode::PermissionDenied, "event_issuer")));
  world_.host.advance(seconds(15));
  EXPECT_THAT(hints(), IsEmpty());
  EXPECT_EQ(world_.payment(payment).hints, 0U);
  ASSERT_EQ(source_.polls.back().refused.size(), 1U);
  EXPECT_EQ(source_.polls.back().refused[0].error.reason, "event_issuer");
  EXPECT_THAT(news_, ElementsAre("refused event_issuer"));
}

TEST_F(EventWatchTest, an_unknown_key_is_waited_for_and_refused_in_the_end) {
  source_.waiting.emplace("e-1",
                          std::unexpected(error(ErrorCode::Unavailable, "event_key_unknown")));
  world_.host.advance(kEventKeyPatience - minutes(1));
  EXPECT_EQ(std::set(news_.begin(), news_.end()),
            std::set<std::string>{"postponed event_key_unknown"});
  world_.host.advance(minutes(2));
  EXPECT_EQ(news_.back(), "refused event_key_unknown");
  EXPECT_TRUE(source_.waiting.empty());
}

TEST_F(EventWatchTest, of_no_payment_is_acknowledged_at_once) {
  source_.tell("e-1", "");
  world_.host.advance(seconds(15));
  EXPECT_THAT(acknowledged(), ElementsAre("e-1"));
  EXPECT_THAT(news_, ElementsAre("taken of no payment"));
}

TEST_F(EventWatchTest, more_is_asked_for_at_once) {
  submitted();
  source_.page = 2;
  for (const char* id : {"e-1", "e-2", "e-3", "e-4", "e-5"}) source_.tell(id, "bank-1");
  world_.host.advance(seconds(1));
  EXPECT_EQ(hints().size(), 5U);
  EXPECT_EQ(source_.polls.size(), 3U);
}

TEST_F(EventWatchTest, a_bank_that_is_away_is_asked_less_often_and_hears_everything_later) {
  submitted();
  source_.tell("e-1", "bank-1");
  world_.host.advance(seconds(1));
  source_.poll_errors.assign(5, error(ErrorCode::Unavailable, "events_unavailable"));
  const std::size_t before = source_.polls.size();
  // After 10 seconds, then after 20, 40, 80 and 160.
  world_.host.advance(minutes(3));
  EXPECT_EQ(source_.polls.size() - before, 4U);
  world_.host.advance(minutes(10));
  EXPECT_EQ(source_.polls.back().acknowledged.size(), 0U);
  EXPECT_TRUE(source_.waiting.empty());
}

TEST_F(EventWatchTest, what_a_bank_refuses_to_hear_is_not_said_for_ever) {
  submitted();
  source_.tell("e-1", "bank-1");
  world_.host.advance(seconds(1));
  source_.poll_errors.push_back(error(ErrorCode::FailedPrecondition, "events_refused"));
  world_.host.advance(seconds(15));
  EXPECT_EQ(source_.polls.back().acknowledged.size(), 1U);
  world_.host.advance(seconds(20));
  EXPECT_EQ(source_.polls.back().acknowledged.size(), 0U) << "it came again before it is said";
  world_.host.advance(seconds(20));
  EXPECT_TRUE(source_.waiting.empty());
  EXPECT_THAT(news_, ElementsAre("taken noted", "poll failed events_refused", "taken repeated"));
}

TEST_F(EventWatchTest, subscribes_again_now_and_then_and_polls_even_where_it_cannot) {
  EXPECT_THAT(source_.subscriptions, IsEmpty());
  source_.subscribe_errors.push_back(error(ErrorCode::FailedPrecondition, "subscription_refused"));
  world_.host.advance(seconds(1));
  EXPECT_THAT(news_, ElementsAre("subscribe failed subscription_refused"));
  EXPECT_EQ(source_.polls.size(), 1U);
  world_.host.advance(kSubscribeAgainAfter + minutes(1));
  EXPECT_THAT(source_.subscriptions, ElementsAre("poll", "poll"));
  world_.host.advance(kSubscribedFor);
  EXPECT_EQ(source_.subscriptions.size(), 3U);
}

TEST_F(EventWatchTest, a_bank_without_events_is_told_once) {
  start(EventDelivery::None);
  source_.subscriptions.clear();
  source_.subscribe_errors.push_back(error(ErrorCode::Unavailable, "events_unavailable"));
  world_.host.advance(kSubscribedFor * 3);
  EXPECT_THAT(source_.subscriptions, ElementsAre("none", "none"));
  EXPECT_THAT(source_.polls, IsEmpty());
  EXPECT_EQ(push("e-1"), "event_bank_unknown");
}

TEST_F(EventWatchTest, a_pushed_event_is_taken_once_it_is_durable) {
  start(EventDelivery::Push);
  world_.host.advance(seconds(1));
  EXPECT_EQ(source_.subscriptions.back(), "https://us/event-notifications");
  source_.tell("e-1", "bank-1");
  EXPECT_EQ(push("e-1"), "event_unmatched");
  submitted();
  EXPECT_EQ(push("e-1"), "");
  EXPECT_THAT(hints(), ElementsAre("e-1"));
  EXPECT_EQ(push("e-1"), "") << "again";
  EXPECT_THAT(hints(), ElementsAre("e-1"));
  EXPECT_EQ(push("forged"), "event_signature");
  EXPECT_EQ(push("e-1", "https://other"), "event_bank_unknown");
  EXPECT_THAT(source_.polls, IsEmpty());
}

TEST_F(EventWatchTest, a_pushed_event_waits_a_moment_for_its_payment) {
  start(EventDelivery::Push);
  source_.tell("e-1", "bank-1");
  std::string reason = "not answered";
  watch_->take_pushed("https://bank", "e-1",
                      [&](const Result<void>& done) { reason = done ? "" : done.error().reason; });
  world_.host.advance(kPushedTriedEvery);
  EXPECT_EQ(reason, "not answered");
  submitted();
  world_.host.advance(kPushedTriedEvery);
  EXPECT_EQ(reason, "");
  EXPECT_THAT(hints(), ElementsAre("e-1"));
}

TEST_F(EventWatchTest, an_old_pushed_event_of_an_unknown_payment_is_taken_and_given_up) {
  start(EventDelivery::Push);
  source_.tell("e-1", "somebody-elses");
  world_.host.advance(kEventWaitMax);
  EXPECT_EQ(push("e-1"), "");
  EXPECT_EQ(news_.back(), "given up");
}

TEST_F(EventWatchTest, while_the_engine_takes_nothing_events_wait) {
  submitted();
  world_.engine->stop();
  source_.tell("e-1", "bank-1");
  world_.host.advance(seconds(1));
  EXPECT_EQ(news_.front(), "postponed engine_stopped");
  EXPECT_EQ(watch_->pollers().front()->waiting(), 1U);
}

}  // namespace
}  // namespace remit::payments
