#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"
#include "rails/open_banking_uk/scripted_event_test.h"

#include <gmock/gmock.h>

namespace remit::rails::open_banking_uk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Options options_with_events() {
  Options options = test_options();
  options.events_url = "https://bank/api";
  return options;
}

class BankEventsTest : public testing::Test {
 protected:
  /// The next answer to POST /events.
  void answer(const std::vector<std::pair<std::string, std::string>>& sets,
              std::string_view more = R"("moreAvailable":false,)") {
    std::string body = fmt::format(R"({{{}"sets":{{)", more);
    for (const auto& [id, token] : sets) {
      body += fmt::format(R"({}"{}":"{}")", body.back() == '{' ? "" : ",", id, token);
    }
    bank_.on("POST /events",
             [body](const auto&) { return net::HttpResponse{.body = body + "}}"}; });
  }
  Result<EventBatch> poll(EventPoll how = {}) {
    Result<EventBatch> batch = fail(ErrorCode::Internal, "none", "");
    rail_.events()->poll(std::move(how), [&](Result<EventBatch> got) { batch = std::move(got); });
    return batch;
  }
  std::string subscribe(const std::string& url) {
    std::string reason = "not answered";
    rail_.events()->subscribe(
        url, [&](const Result<void>& done) { reason = done ? "" : done.error().reason; });
    return reason;
  }
  std::string token(const std::string& id) {
    return ScriptedEvent{.id = id, .now = clock_.now()}.token();
  }
  const std::string& last_body() { return bank_.requests.back().body; }

  ManualClock clock_{ManualHost::kStart};
  ScriptedBank bank_{clock_};
  SeededEntropy entropy_{1};
  OpenBankingUkRail rail_{options_with_events(), {bank_, *our_key().signer, clock_, entropy_}};
};

TEST_F(BankEventsTest, ABankWithoutEventsHasNoSource) {
  OpenBankingUkRail silent{test_options(), {bank_, *our_key().signer, clock_, entropy_}};
  EXPECT_EQ(silent.events(), nullptr);
}

TEST_F(BankEventsTest, APollBringsVerifiedEventsAndRefusedOnes) {
  answer({{"e-1", token("e-1")}, {"e-2", token("another")}, {"e-3", "nonsense"}},
         R"("moreAvailable":true,)");
  const auto batch = poll({.events_max = 7, .acknowledged = {}, .refused = {}});
  ASSERT_TRUE(batch) << batch.error().describe();
  EXPECT_TRUE(batch->more_available);
  ASSERT_EQ(batch->events.size(), 3u);
  EXPECT_EQ(batch->events[0].event->bank_payment_id, "dp-1");
  EXPECT_EQ(batch->events[1].event.error().reason, "event_id");
  EXPECT_EQ(batch->events[2].event.error().reason, "event_malformed");
  const net::ClientRequest& asked =
      *std::ranges::find(bank_.requests, "https://bank/api/events", &net::ClientRequest::url);
  EXPECT_EQ(asked.body, R"({"maxEvents":7,"returnImmediately":true})");
  EXPECT_EQ(asked.headers.find("Authorization"), "Bearer client-token");
  EXPECT_FALSE(asked.headers.find("x-jws-signature"));
  EXPECT_FALSE(asked.headers.find("x-idempotency-key"));
}

TEST_F(BankEventsTest, WhatBecameOfTheLastOnesIsSaidInTheNextPoll) {
  answer({}, "");
  const Error refused{ErrorCode::PermissionDenied, "event_issuer", std::string(300, 'x'), {}, {}};
  const auto batch =
      poll({.events_max = 0, .acknowledged = {"e-1", "e-2"}, .refused = {{"e-3", refused}}});
  ASSERT_TRUE(batch) << batch.error().describe();
  EXPECT_FALSE(batch->more_available);
  const auto body = *parse(last_body());
  EXPECT_EQ(find(body, {"ack"})->count, 2u);
  EXPECT_EQ(text(body, {"setErrs", "e-3", "err"}), "jwtIss");
  EXPECT_EQ(text(body, {"setErrs", "e-3", "description"}).size(), 256u);
}

TEST_F(BankEventsTest, AKeyThatIsNotKnownIsLookedForAndLeavesItOpen) {
  ScriptedEvent strange{.id = "e-1", .now = clock_.now()};
  strange.signer = our_key().signer.get();
  answer({{"e-1", strange.token()}});
  const auto batch = poll();
  ASSERT_TRUE(batch) << batch.error().describe();
  EXPECT_EQ(batch->events[0].event.error().reason, "event_key_unknown");
  EXPECT_EQ(batch->events[0].event.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(bank_.count("GET /jwks"), 2u);
  static_cast<void>(poll());
  EXPECT_EQ(bank_.count("GET /jwks"), 2u) << "not more often than every 30 seconds";
  // The bank has rotated, and its set holds the key by now.
  bank_.on("GET /jwks", [](const auto&) {
    return net::HttpResponse{
        .body = fmt::format(R"({{"keys":[{},{}]}})", bank_key().jwk, our_key().jwk)};
  });
  clock_.pass(kKeysFetchedEvery);
  EXPECT_TRUE(poll()->events[0].event);
}

TEST_F(BankEventsTest, WhatABankAnswersInsteadOfEvents) {
  const auto reason = [this](int status, const std::string& body) {
    bank_.on("POST /events",
             [=](const auto&) { return net::HttpResponse{.status = status, .body = body}; });
    const auto batch = poll();
    return batch ? "" : batch.error().reason;
  };
  EXPECT_EQ(reason(429, ""), "bank_throttles");
  EXPECT_EQ(reason(503, "<html>"), "events_unavailable");
  EXPECT_EQ(reason(404, ""), "events_refused");
  EXPECT_EQ(reason(200, "nothing"), "answer_unreadable");
  EXPECT_EQ(reason(201, R"({"sets":[]})"), "answer_unreadable");
  EXPECT_EQ(reason(201, R"({"sets":{}})"), "");
}

constexpr std::string_view kNone = R"({"Data":{"EventSubscription":[]}})";
constexpr std::string_view kOne =
    R"({"Data":{"EventSubscription":[{"EventSubscriptionId":"s-1","Version":"4.0",)"
    R"("EventTypes":["UK.OBIE.Resource-Update"]}]}})";

TEST_F(BankEventsTest, ASubscriptionIsMadeWhereThereIsNone) {
  bank_.on_signed("GET /event-subscriptions", 200, std::string(kNone));
  bank_.on_signed("POST /event-subscriptions", 201, R"({"Data":{"EventSubscriptionId":"s-1"}})");
  EXPECT_EQ(subscribe("https://shop/open-banking/v4.0/event-notifications"), "");
  EXPECT_THAT(last_body(), HasSubstr(R"("CallbackUrl":"https://shop/open-banking/v4.0/event-)"));
  EXPECT_THAT(last_body(),
              HasSubstr(R"("Version":"4.0","EventTypes":["UK.OBIE.Resource-Update"])"));
  EXPECT_TRUE(bank_.requests.back().headers.find("x-jws-signature"));
  EXPECT_EQ(subscribe(""), "");
  EXPECT_THAT(last_body(), Not(HasSubstr("CallbackUrl")));
}

TEST_F(BankEventsTest, ASubscriptionThatFitsStaysAndAnotherIsChanged) {
  bank_.on_signed("GET /event-subscriptions", 200, std::string(kOne));
  bank_.on_signed("PUT /event-subscriptions/s-1", 200, R"({"Data":{"EventSubscriptionId":"s-1"}})");
  EXPECT_EQ(subscribe(""), "");
  EXPECT_EQ(bank_.count("PUT /event-subscriptions/s-1"), 0u);
  EXPECT_EQ(subscribe("https://shop/open-banking/v4.0/event-notifications"), "");
  EXPECT_EQ(bank_.count("PUT /event-subscriptions/s-1"), 1u);
  EXPECT_THAT(last_body(), HasSubstr(R"("EventSubscriptionId":"s-1")"));
}

TEST_F(BankEventsTest, ASubscriptionIsNotBelievedUnsigned) {
  bank_.on("GET /event-subscriptions",
           [](const auto&) { return net::HttpResponse{.body = std::string(kOne)}; });
  EXPECT_EQ(subscribe(""), "signature_missing");
  bank_.on_signed("GET /event-subscriptions", 403, "");
  EXPECT_EQ(subscribe(""), "subscription_refused");
  bank_.on_signed("GET /event-subscriptions", 503, "");
  EXPECT_EQ(subscribe(""), "events_unavailable");
}

TEST_F(BankEventsTest, ASubscriptionIsEnded) {
  bank_.on_signed("GET /event-subscriptions", 200, std::string(kOne));
  bank_.on("DELETE /event-subscriptions/s-1",
           [](const auto&) { return net::HttpResponse{.status = 204}; });
  std::string reason = "not answered";
  rail_.events()->unsubscribe(
      [&](const Result<void>& done) { reason = done ? "" : done.error().describe(); });
  EXPECT_EQ(reason, "");
  EXPECT_EQ(bank_.count("DELETE /event-subscriptions/s-1"), 1u);
}

TEST_F(BankEventsTest, APushedEventIsVerifiedInTheSameWay) {
  const auto verify = [this](const std::string& text) {
    Result<BankEvent> event = fail(ErrorCode::Internal, "none", "");
    rail_.events()->verify(text, [&](Result<BankEvent> got) { event = std::move(got); });
    return event;
  };
  EXPECT_EQ(verify(token("e-1"))->bank_payment_id, "dp-1");
  EXPECT_EQ(verify("nonsense").error().reason, "event_malformed");
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
