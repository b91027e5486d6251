#include "kit/net/problem.h"
#include "kit/net/raw_client_test.h"
#include "kit/net/server.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

namespace remit::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::unique_ptr<HttpServer> serve(ServerOptions options, std::size_t answer_bytes = 2) {
  auto server =
      HttpServer::start(std::move(options), [answer_bytes](const HttpRequest&, Responder respond) {
        respond(json_response(200, std::string(answer_bytes, 'x')));
      });
  EXPECT_TRUE(server.has_value()) << (server ? "" : server.error().describe());
  return std::move(*server);
}

/// The server's clock decides, so there is nothing else to wait for.
bool comes_true(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + seconds(10);
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return condition();
}

std::uint64_t ended(const HttpServer& server, const std::string& reason) {
  const CountsByReason counts = server.stats().connections_ended;
  const auto found = counts.find(reason);
  return found == counts.end() ? 0 : found->second;
}

TEST(ServerLimits, EndsSlowRequestsAndIdleConnections) {
  auto server = serve({.header_timeout = milliseconds(200),
                       .body_timeout = milliseconds(200),
                       .idle_timeout = milliseconds(200)});
  RawClient slow_header(server->port());
  slow_header.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(slow_header.read_to_end().starts_with("HTTP/1.1 408"));
  RawClient slow_body(server->port());
  slow_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(slow_body.read_to_end().starts_with("HTTP/1.1 408"));
  RawClient idle(server->port());
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(server->stats().requests_refused, (CountsByReason{{"request_timeout", 2}}));
  EXPECT_EQ(ended(*server, "idle"), 1U);
}

TEST(ServerLimits, EndsABodyThatTricklesThoughItsTimeIsNotUp) {
  auto server = serve({.body_timeout = seconds(60),
                       .body_grace = milliseconds(300),
                       .body_bytes_per_second_min = 10'000});
  for (const std::string_view framing :
       {"Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"}) {
    RawClient client(server->port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(framing));
    for (int i = 0; i < 20; ++i) {
      client.send("1\r\nx\r\n");
      std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 408")) << framing;
  }
}

TEST(ServerLimits, EndsAReaderThatNeverReads) {
  auto server = serve({.write_timeout = milliseconds(300)}, 64ULL * 1024 * 1024);
  RawClient client(server->port(), 4096);
  client.send(kGet);
  EXPECT_TRUE(comes_true([&] { return ended(*server, "reader_slow") == 1; }));
  EXPECT_EQ(server->stats().connections, 0U);
}

TEST(ServerLimits, HoldsNoMoreOfAPipelineThanOneRead) {
  std::atomic<int> asked = 0;
  std::vector<Responder> held;
  auto server = HttpServer::start({}, [&](const HttpRequest&, Responder respond) {
    held.push_back(std::move(respond));
    ++asked;
  });
  ASSERT_TRUE(server);
  RawClient client((*server)->port());
  // Until the kernel takes no more: the server reads nothing while a request is under way.
  std::thread sender([&] {
    for (int i = 0; i < 200'000; ++i) client.send(kGet);
  });
  EXPECT_TRUE(comes_true([&] { return asked == 1; }));
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(asked, 1);
  (*server).reset();
  sender.join();
  held.clear();
}

TEST(ServerLimits, BoundsTheConnectionsOfOneAddress) {
  auto server = serve({.connections_per_address_max = 2});
  RawClient one(server->port());
  RawClient two(server->port());
  one.send(kGet);
  two.send(kGet);
  EXPECT_FALSE(one.read_answer().empty());
  EXPECT_FALSE(two.read_answer().empty());
  RawClient three(server->port());
  EXPECT_EQ(three.read_to_end(), "");
  EXPECT_EQ(ended(*server, "too_many_of_address"), 1U);
}

TEST(ServerLimits, TheIdlestMakesWayWhenAllConnectionsAreInUse) {
  auto server = serve({.connections_max = 2});
  RawClient longest(server->port());
  longest.send(kGet);
  EXPECT_FALSE(longest.read_answer().empty());
  RawClient other(server->port());
  other.send(kGet);
  EXPECT_FALSE(other.read_answer().empty());
  RawClient third(server->port());
  third.send(kGet);
  EXPECT_TRUE(third.read_answer().starts_with("HTTP/1.1 200"));
  EXPECT_EQ(longest.read_to_end(), "");
  EXPECT_EQ(ended(*server, "made_way"), 1U);
  // Nobody is cut off in the middle of a request.
  other.send("GET / HT");
  third.send("GET / HT");
  // Until it has read them they are idle, and nothing tells from outside when it has.
  std::this_thread::sleep_for(milliseconds(1000));
  EXPECT_TRUE(comes_true([&] {
    RawClient refused(server->port());
    refused.send(kGet);
    return refused.read_to_end().empty() && ended(*server, "too_many") > 0;
  }));
  other.send("TP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(other.read_answer().starts_with("HTTP/1.1 200"));
}

TEST(ServerLimits, AGoodClientIsServedBesideAThousandThatHoldTheirConnections) {
  auto server = serve({.connections_max = 2000, .connections_per_address_max = 2000});
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 1000; ++i) {
    auto client = std::make_unique<RawClient>(server->port());
    ASSERT_TRUE(client->connected()) << i;
    if (i % 2 == 0) client->send("GET / HTTP/1.1\r\nX: ");
    slow.push_back(std::move(client));
  }
  EXPECT_TRUE(comes_true([&] { return server->stats().connections == 1000; }));
  RawClient good(server->port());
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) {
    if (i % 20 == 0) slow[static_cast<std::size_t>(i)]->send("x");
    good.send(kGet);
    ASSERT_TRUE(good.read_answer().starts_with("HTTP/1.1 200")) << i;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(10));
}

TEST(ServerLimits, RefusesWhatNeverEndsWithoutHoldingIt) {
  auto server = serve({});
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& endless :
       {"3;" + std::string(100'000, 'x'), "0\r\n" + std::string(100'000, 'x'),
        std::string(100'000, '0')}) {
    RawClient client(server->port());
    client.send(chunked + endless);
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 400")) << endless.substr(0, 10);
  }
  EXPECT_EQ(server->stats().requests_refused, (CountsByReason{{"bad_request", 3}}));
}

}  // namespace
}  // namespace remit::net
