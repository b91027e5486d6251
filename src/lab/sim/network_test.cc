#include "lab/sim/network.h"

#include "kit/base/manual_host.h"
#include "lab/sim/machine.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace remit::lab::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint32_t kAlways = 1'000'000;

class NetworkWorld : public testing::Test {
 protected:
  using Answer = std::optional<Result<net::HttpResponse>>;

  NetworkWorld() { serve(); }

  /// A server that remembers what came and says so.
  void serve(Network::Answers answers = Network::Answers::Bare) {
    network.serve(
        "bank.example",
        [this](net::HttpRequest request, net::Responder respond) {
          arrived.push_back(std::move(request));
          net::HttpResponse response{.status = 201, .body = arrived.back().body};
          respond(std::move(response));
        },
        answers);
  }
  std::shared_ptr<Answer> post(std::string body = "order",
                               std::string url = "https://bank.example/orders?page=1") {
    auto answer = std::make_shared<Answer>();
    client->send({.method = "POST", .url = std::move(url), .body = std::move(body)},
                 [answer](Result<net::HttpResponse> heard) {
                   EXPECT_FALSE(answer->has_value()) << "heard twice";
                   answer->emplace(std::move(heard));
                 });
    return answer;
  }
  static std::string reason(const std::shared_ptr<Answer>& answer) {
    if (!answer->has_value()) return "silence";
    return **answer ? "answered" : (*answer)->error().reason;
  }

  ManualHost host{1};
  SeededRandom random{1};
  NetworkRates rates;
  Network network{host, random, rates};
  Machine machine{host};
  std::unique_ptr<net::HttpClient> client = network.connect("shop", machine, "print");
  std::vector<net::HttpRequest> arrived;
};

TEST_F(NetworkWorld, a_request_arrives_as_it_was_sent_and_is_answered) {
  const auto answer = post();
  EXPECT_EQ(reason(answer), "silence") << "messages take their time";
  host.advance(seconds(1));
  ASSERT_EQ(arrived.size(), 1U);
  EXPECT_EQ(arrived[0].path, "/orders");
  EXPECT_EQ(arrived[0].query, "page=1");
  EXPECT_EQ(arrived[0].headers.find("Host"), "bank.example");
  EXPECT_EQ(arrived[0].peer.certificate_thumbprint, "print");
  ASSERT_TRUE(*answer && **answer);
  EXPECT_EQ((**answer)->status, 201);
  EXPECT_EQ((**answer)->body, "order");
}

TEST_F(NetworkWorld, what_was_refused_has_no_effect_and_says_so) {
  rates.refused = kAlways;
  const auto answer = post();
  const auto to_nobody = post("order", "https://nobody.example/");
  host.advance(minutes(2));
  EXPECT_EQ(reason(answer), "not_connected");
  EXPECT_EQ((*answer)->error().code, ErrorCode::Unavailable);
  EXPECT_EQ(reason(to_nobody), "not_connected");
  EXPECT_TRUE(arrived.empty());
}

TEST_F(NetworkWorld, lost_before_and_after_the_effect_look_the_same_to_the_client) {
  rates.request_lost = kAlways;
  const auto before = post();
  rates = {.answer_lost = kAlways};
  const auto after = post();
  host.advance(seconds(19));
  EXPECT_EQ(reason(before), "silence");
  host.advance(seconds(2));
  EXPECT_EQ(reason(before), "response_timeout");
  EXPECT_EQ(reason(after), "response_timeout");
  EXPECT_EQ((*after)->error().code, ErrorCode::OutcomeUnknown);
  EXPECT_EQ(arrived.size(), 1U);
  EXPECT_EQ(network.counts().lost, 1U);
  EXPECT_EQ(network.counts().unheard, 1U);
}

TEST_F(NetworkWorld, a_duplicate_arrives_twice_and_is_heard_once) {
  rates.duplicated = kAlways;
  const auto answer = post();
  host.advance(seconds(2));
  EXPECT_EQ(arrived.size(), 2U);
  EXPECT_EQ(reason(answer), "answered");
}

TEST_F(NetworkWorld, a_broken_connection_may_have_brought_the_request_or_not) {
  rates.reset = kAlways;
  for (int i = 0; i < 40; ++i) post();
  const auto last = post();
  host.advance(seconds(1));
  EXPECT_EQ(reason(last), "connection_broken");
  EXPECT_GT(arrived.size(), 5U);
  EXPECT_LT(arrived.size(), 36U);
}

TEST_F(NetworkWorld, a_gateway_answers_in_the_servers_stead) {
  rates.garbled = kAlways;
  const auto statuses = [&] {
    arrived.clear();
    std::set<int> told;
    std::vector<std::shared_ptr<Answer>> answers;
    for (int i = 0; i < 40; ++i) answers.push_back(post());
    host.advance(seconds(2));
    for (const auto& answer : answers) {
      if (!*answer || !**answer) continue;
      EXPECT_TRUE((**answer)->body.starts_with("<html>"));
      told.insert((**answer)->status);
    }
    EXPECT_GT(arrived.size(), 5U);
    EXPECT_LT(arrived.size(), 36U);
    return told;
  };
  EXPECT_EQ(statuses(), (std::set<int>{502}));
  serve(Network::Answers::Signed);
  EXPECT_EQ(statuses(), (std::set<int>{200, 502}));
}

TEST_F(NetworkWorld, messages_overtake_each_other_and_come_after_the_client_gave_up) {
  rates.slow = kAlways;
  for (int i = 0; i < 50; ++i) post(std::to_string(i));
  host.advance(minutes(3));
  ASSERT_EQ(arrived.size(), 50U);
  bool in_order = true;
  for (std::size_t i = 0; i < arrived.size(); ++i) in_order &= arrived[i].body == std::to_string(i);
  EXPECT_FALSE(in_order);
  EXPECT_GT(network.counts().too_late, 5U);
}

TEST_F(NetworkWorld, a_cut_lets_one_direction_through_or_neither_until_it_is_mended) {
  const auto outcomes = [&](Cut which) {
    arrived.clear();
    network.cut("shop", "bank.example", which);
    std::vector<std::shared_ptr<Answer>> answers;
    for (int i = 0; i < 40; ++i) answers.push_back(post());
    host.advance(minutes(1));
    std::set<std::string> reasons;
    for (const auto& answer : answers) reasons.insert(reason(answer));
    return reasons;
  };
  const std::set<std::string> failures{"not_connected", "response_timeout"};
  EXPECT_EQ(outcomes(Cut::Both), failures);
  EXPECT_TRUE(arrived.empty());
  EXPECT_EQ(outcomes(Cut::Requests), failures);
  EXPECT_TRUE(arrived.empty());
  EXPECT_EQ(outcomes(Cut::Answers), failures);
  EXPECT_FALSE(arrived.empty());
  network.mend();
  const auto answer = post();
  host.advance(seconds(1));
  EXPECT_EQ(reason(answer), "answered");
}

TEST_F(NetworkWorld, a_server_that_goes_down_breaks_what_is_under_way) {
  const auto answer = post();
  network.take_down("bank.example");
  host.advance(seconds(1));
  EXPECT_EQ(reason(answer), "connection_broken");
  serve();
  const auto again = post();
  host.advance(seconds(1));
  EXPECT_EQ(reason(again), "answered");
}

TEST_F(NetworkWorld, a_client_that_is_gone_hears_nothing_and_its_requests_arrive) {
  const auto answer = post();
  client.reset();
  host.advance(minutes(1));
  EXPECT_EQ(reason(answer), "silence");
  EXPECT_EQ(arrived.size(), 1U);
}

TEST_F(NetworkWorld, a_machine_that_stands_still_hears_its_answers_when_it_goes_on) {
  const auto answer = post();
  machine.pause();
  host.advance(minutes(5));
  EXPECT_EQ(reason(answer), "silence");
  EXPECT_EQ(arrived.size(), 1U);
  machine.resume();
  host.advance(seconds(1));
  EXPECT_EQ(reason(answer), "answered") << "it came before the client's patience ended";
}

TEST(Network, the_same_seed_gives_the_same_trace) {
  const auto trace_of = [](std::uint64_t seed) {
    ManualHost host(seed);
    SeededRandom random(seed);
    const NetworkRates rates{
        .refused = 200'000, .answer_lost = 200'000, .reset = 200'000, .slow = 500'000};
    Network network(host, random, rates);
    network.serve("bank.example",
                  [](const net::HttpRequest&, net::Responder respond) { respond({}); });
    const auto client = network.connect("shop", host, "");
    for (int i = 0; i < 20; ++i) {
      client->send({.method = "GET", .url = "https://bank.example/"}, [](auto) {});
    }
    host.advance(minutes(2));
    return network.trace();
  };
  EXPECT_EQ(trace_of(7), trace_of(7));
  EXPECT_NE(trace_of(7), trace_of(8));
}

}  // namespace
}  // namespace remit::lab::sim
