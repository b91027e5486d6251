#include "app/client/api_client.h"

#include "kit/net/problem.h"

#include <gmock/gmock.h>

#include <deque>

namespace remit::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Answers what it was told to, in order, and keeps what it was asked.
class ScriptedHttp final : public net::HttpClient {
 public:
  void send(net::ClientRequest request, Callback callback) override {
    asked.push_back(std::move(request));
    ASSERT_FALSE(answers.empty()) << "one request too many";
    Result<net::HttpResponse> answer = std::move(answers.front());
    answers.pop_front();
    callback(std::move(answer));
  }

  std::deque<Result<net::HttpResponse>> answers;
  std::vector<net::ClientRequest> asked;
};

Result<net::HttpResponse> busy(const std::string& retry_after) {
  net::HttpResponse response =
      net::to_response({503, "engine_busy", "Too much is waiting; try again.", ""});
  response.headers.set("Retry-After", retry_after);
  return response;
}
Result<net::HttpResponse> problem(int status, std::string code) {
  return net::to_response({status, std::move(code), "What it says.", "id"});
}
Result<net::HttpResponse> timeout() {
  return fail(ErrorCode::OutcomeUnknown, "timeout", "No answer in time.");
}
Result<net::HttpResponse> refused() {
  return fail(ErrorCode::Unavailable, "connect_failed", "Nobody listens.");
}
Result<net::HttpResponse> done() {
  return net::json_response(201, R"({"id":"pay_1"})");
}

class TheApiClient : public testing::Test {
 protected:
  Result<std::string> send(std::deque<Result<net::HttpResponse>> answers,
                           const std::string& idempotency_key) {
    http_.answers = std::move(answers);
    ApiClient client({.http = http_,
                      .random = random_,
                      .pause = [this](Duration pause) { pauses_.push_back(pause); }},
                     {.url = "https://api.example", .key = "secret", .tries_max = 3});
    return client.send({.method = idempotency_key.empty() ? "GET" : "POST",
                        .path = "/v1/payments",
                        .body = idempotency_key.empty() ? "" : "{}",
                        .idempotency_key = idempotency_key});
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const net::ClientRequest& request : http_.asked) {
      keys.emplace_back(request.headers.find("Idempotency-Key").value_or("none"));
    }
    return keys;
  }

  SeededRandom random_{1};
  ScriptedHttp http_;
  std::vector<Duration> pauses_;
};

TEST_F(TheApiClient, TriesAgainUnderTheSameKey) {
  EXPECT_EQ(*send({timeout(), busy("1"), done()}, "k1"), R"({"id":"pay_1"})");
  EXPECT_THAT(keys(), ElementsAre("k1", "k1", "k1"));
  EXPECT_EQ(http_.asked.front().headers.find("Authorization"), "Bearer secret");
}

TEST_F(TheApiClient, WaitsAsLongAsTheServerAsksAndOtherwiseEverLonger) {
  ASSERT_TRUE(send({busy("7"), refused(), done()}, "k1"));
  ASSERT_EQ(pauses_.size(), 2U);
  EXPECT_EQ(pauses_[0], std::chrono::seconds(7));
  EXPECT_GE(pauses_[1], std::chrono::milliseconds(250));
  EXPECT_LE(pauses_[1], std::chrono::milliseconds(500));
}

TEST_F(TheApiClient, IsNotKeptWaitingForLong) {
  const auto answer = send({busy("3600")}, "k1");
  EXPECT_EQ(answer.error().reason, "engine_busy");
  EXPECT_TRUE(pauses_.empty());
}

TEST_F(TheApiClient, GivesUpAndSaysThatNothingHappened) {
  const auto answer = send({refused(), busy("1"), busy("1")}, "k1");
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("Nothing happened"));
  EXPECT_THAT(answer.error().message, HasSubstr("--idempotency-key k1"));
}

TEST_F(TheApiClient, DoesNotSayThatNothingHappenedWhenAnEarlierTryMayHaveArrived) {
  for (auto last : {busy("1"), refused(), problem(401, "api_key_unknown"), timeout()}) {
    http_.asked.clear();
    const auto answer = send({timeout(), timeout(), std::move(last)}, "k1");
    EXPECT_EQ(answer.error().code, ErrorCode::OutcomeUnknown);
    EXPECT_THAT(answer.error().message, HasSubstr("It may have happened"));
    EXPECT_THAT(answer.error().message, HasSubstr("--idempotency-key k1"));
  }
}

TEST_F(TheApiClient, BelievesARefusalUnderTheKey) {
  const auto answer = send({timeout(), problem(409, "payment_not_cancellable")}, "k1");
  EXPECT_EQ(answer.error().code, ErrorCode::Conflict);
  EXPECT_EQ(answer.error().reason, "payment_not_cancellable");
  EXPECT_EQ(answer.error().message, "Conflict: What it says.");
  EXPECT_EQ(answer.error().field, "id");
}

TEST_F(TheApiClient, DoesNotRepeatWhatWouldEndTheSame) {
  EXPECT_EQ(send({problem(404, "payment_not_found")}, "").error().code, ErrorCode::NotFound);
  EXPECT_EQ(send({problem(400, "json_malformed")}, "k").error().code, ErrorCode::InvalidArgument);
  const auto untrusted =
      send({fail(ErrorCode::Unavailable, "certificate_untrusted", "Not who it says.")}, "k");
  EXPECT_THAT(untrusted.error().message, HasSubstr("--ca"));
  EXPECT_TRUE(pauses_.empty());
}

TEST_F(TheApiClient, ReadingLeavesNoDoubt) {
  const auto answer = send({timeout(), timeout(), busy("1")}, "");
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(answer.error().message, Not(HasSubstr("may have happened")));
  EXPECT_THAT(keys(), ElementsAre("none", "none", "none"));
}

TEST_F(TheApiClient, TellsWhenSomebodyElseAnswers) {
  net::HttpResponse page;
  page.status = 404;
  page.body = "<html>";
  EXPECT_THAT(send({page}, "").error().message, HasSubstr("Does --url name a Remit API?"));
}

}  // namespace
}  // namespace remit::app
