#include "kit/net/curl_client.h"
#include "kit/net/problem.h"
#include "kit/net/public_address.h"
#include "kit/net/resolver_test.h"
#include "kit/net/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <set>

namespace remit {
extern const char* const kSourceDir;
}

/// URLs that somebody else chose lead to no connection inside, however they are spelt and whatever their names resolve to.
namespace remit::net {
namespace {

constexpr std::uint32_t kOutside = 0x7f000002;  ///< 127.0.0.2 stands for the public internet here.

bool is_outside(const sockaddr& address) {
  if (address.sa_family != AF_INET) return false;
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof in);
  return ntohl(in.sin_addr.s_addr) == kOutside;
}

std::unique_ptr<HttpServer> serve(ServerOptions options, HttpResponse answer) {
  auto server = HttpServer::start(
      std::move(options), [answer](const HttpRequest&, Responder respond) { respond(answer); });
  EXPECT_TRUE(server.has_value()) << (server ? "" : server.error().describe());
  return std::move(*server);
}

std::unique_ptr<CurlClient> client_with(std::function<bool(const sockaddr&)> may_connect) {
  return std::move(*CurlClient::start({.name = "test", .may_connect = std::move(may_connect)}));
}

Result<HttpResponse> post(HttpClient& client, std::string url) {
  return send_and_wait(client, {.method = "POST",
                                .url = std::move(url),
                                .headers = {},
                                .body = "{}",
                                .options = {.connect_timeout = std::chrono::seconds(2),
                                            .total_timeout = std::chrono::seconds(4)}});
}

std::string reason_of(const Result<HttpResponse>& answer) {
  return answer ? fmt::format("status {}", answer->status) : answer.error().reason;
}

/// One server outside, one inside, on the same port.
class Rebinding : public testing::Test {
 protected:
  void start(HttpResponse outside_answer = json_response(200, "outside")) {
    // Closed behind each answer, so that the next request connects, and so resolves, anew.
    outside_ = serve({.address = "127.0.0.2", .requests_per_connection_max = 1},
                     std::move(outside_answer));
    inside_ =
        serve({.address = "127.0.0.1", .port = outside_->port()}, json_response(200, "inside"));
  }
  std::string url(std::string_view name) const {
    return fmt::format("http://{}:{}/hook", name, inside_->port());
  }
  std::unique_ptr<HttpServer> outside_;
  std::unique_ptr<HttpServer> inside_;
};

TEST_F(Rebinding, the_address_that_was_checked_is_the_one_connected_to) {
  start();
  TestResolver::instance().set("rebind.test", {{"127.0.0.2"}, {"127.0.0.1"}});
  {
    const auto client = client_with(is_outside);
    for (int i = 0; i < 5; ++i) {
      const auto answer = post(*client, url("rebind.test"));
      ASSERT_TRUE(answer) << answer.error().describe();
      EXPECT_EQ(answer->body, "outside");
    }
  }
  // Whoever asks anew hears of the inside.
  const auto client = client_with(is_outside);
  EXPECT_EQ(reason_of(post(*client, url("rebind.test"))), "address_not_public");
  EXPECT_GE(TestResolver::instance().asked("rebind.test"), 2);
  EXPECT_EQ(inside_->stats().connections_total, 0U);
}

TEST_F(Rebinding, an_inner_address_is_no_way_out_when_the_outer_one_is_silent) {
  start();
  const std::uint16_t port = inside_->port();
  outside_.reset();
  TestResolver::instance().set("both.test", {{"127.0.0.2", "127.0.0.1"}});
  const auto client = client_with(is_outside);
  EXPECT_EQ(reason_of(post(*client, fmt::format("http://both.test:{}/", port))),
            "address_not_public");
  EXPECT_EQ(inside_->stats().connections_total, 0U);
}

TEST_F(Rebinding, an_inner_address_in_front_is_passed_over) {
  start();
  TestResolver::instance().set("front.test", {{"127.0.0.1", "127.0.0.2"}});
  const auto client = client_with(is_outside);
  const auto answer = post(*client, url("front.test"));
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->body, "outside");
  EXPECT_EQ(inside_->stats().connections_total, 0U);
}

TEST_F(Rebinding, no_redirect_is_followed) {
  for (const int status : {301, 302, 303, 307, 308}) {
    HttpResponse redirect;
    redirect.status = status;
    start();
    redirect.headers.add("Location", url("127.0.0.1"));
    outside_.reset();
    inside_.reset();
    start(redirect);
    TestResolver::instance().set("redirect.test", {{"127.0.0.2"}});
    const auto client = client_with({});
    EXPECT_EQ(reason_of(post(*client, url("redirect.test"))), fmt::format("status {}", status));
    EXPECT_EQ(inside_->stats().connections_total, 0U);
  }
}

TEST(SsrfCorpus, no_spelling_leads_to_a_connection) {
  auto& resolver = TestResolver::instance();
  resolver.set("inside.test", {{"127.0.0.1"}});
  resolver.set("inside6.test", {{"::1"}});
  resolver.set("mapped.test", {{"::ffff:127.0.0.1"}});
  resolver.set("metadata.test", {{"169.254.169.254"}});
  resolver.set("linklocal.test", {{"fe80::1"}});
  resolver.set("zero.test", {{"0.0.0.0"}});
  resolver.set("cgnat.test", {{"100.64.0.1"}});
  resolver.set("nat64.test", {{"64:ff9b::7f00:1"}});
  resolver.set("both.test", {{"::1", "127.0.0.1"}});
  const auto server = serve({.address = "0.0.0.0"}, json_response(200, "inside"));
  std::atomic<int> allowed = 0;
  const auto client = client_with([&](const sockaddr& address) {
    if (!is_public_address(address)) return false;
    ++allowed;
    return false;  // Nothing leaves this machine.
  });
  std::ifstream file(std::filesystem::path(kSourceDir) / "tests/corpus/ssrf/forbidden_urls.tsv");
  std::set<std::string> played;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#') || line.starts_with("named\t")) continue;
    std::string url = line.substr(line.find('\t') + 1);
    for (const auto& [escape, character] : {std::pair("\\t", '\t'), std::pair("\\r", '\r'),
                                            std::pair("\\n", '\n'), std::pair("\\0", '\0')}) {
      for (std::size_t at = 0; (at = url.find(escape, at)) != std::string::npos;) {
        url.replace(at, 2, 1, character);
      }
    }
    if (const std::size_t at = url.find("PORT"); at != std::string::npos) {
      url.replace(at, 4, std::to_string(server->port()));
    }
    played.insert(url);
    for (const std::string& spelt :
         {url, url.starts_with("https") ? "http" + url.substr(5) : "http://" + url}) {
      const auto answer = post(*client, spelt);
      ASSERT_FALSE(answer) << spelt;
      EXPECT_EQ(allowed.exchange(0), 0) << spelt;
    }
  }
  EXPECT_GE(played.size(), 100U);
  EXPECT_EQ(server->stats().connections_total, 0U);
}

}  // namespace
}  // namespace remit::net
