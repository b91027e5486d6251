#include "kit/net/curl_client.h"

#include "kit/net/server.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <future>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace remit::net {
namespace {

HttpResponse echo(const HttpRequest& request) {
  HttpResponse response;
  response.headers.add("X-Method", request.method);
  response.headers.add("X-Query", request.query);
  response.body = request.body;
  return response;
}

std::unique_ptr<HttpServer> serve(Handler handler, ServerOptions options = {}) {
  auto server = HttpServer::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.has_value()) << (server ? "" : server.error().describe());
  return std::move(*server);
}

std::unique_ptr<CurlClient> make_client(CurlClientOptions options = {}) {
  return std::move(*CurlClient::start(std::move(options)));
}

std::string url_of(const HttpServer& server, std::string_view path) {
  return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
}

TEST(CurlClient, SendsAndReceivesEverythingOverOneConnection) {
  const auto server =
      serve([](const HttpRequest& request, Responder respond) { respond(echo(request)); });
  const auto client = make_client();
  const std::string body(200'000, 'x');
  for (int i = 0; i < 5; ++i) {
    const auto answer = send_and_wait(
        *client, {.method = "POST", .url = url_of(*server, "/a?b=c"), .headers = {}, .body = body});
    ASSERT_TRUE(answer.has_value()) << answer.error().describe();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->headers.find("x-method"), "POST");
    EXPECT_EQ(answer->headers.find("x-query"), "b=c");
    EXPECT_EQ(answer->body, body);
  }
  EXPECT_EQ(server->stats().connections_total, 1u);
}

TEST(CurlClient, ManyRequestsAreUnderWayAtOnce) {
  constexpr int kRequests = 50;
  std::mutex mutex;
  std::vector<Responder> held;
  const auto server = serve([&](const HttpRequest&, Responder respond) {
    const std::lock_guard lock(mutex);
    held.push_back(std::move(respond));
    if (held.size() < kRequests) return;
    for (Responder& one : held) one({});
  });
  const auto client = make_client();
  std::vector<std::future<int>> answers;
  answers.reserve(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    auto promise = std::make_shared<std::promise<int>>();
    answers.push_back(promise->get_future());
    client->send({.method = "GET", .url = url_of(*server, "/")},
                 [promise](Result<HttpResponse> answer) {
                   promise->set_value(answer ? answer->status : 0);
                 });
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 200);
}

TEST(CurlClient, ARefusedConnectionWasCertainlyNotSent) {
  std::uint16_t port = 0;
  {
    const auto server = serve([](const HttpRequest&, Responder respond) { respond({}); });
    port = server->port();
  }
  const auto client = make_client();
  const auto answer =
      send_and_wait(*client, {.method = "POST", .url = fmt::format("http://127.0.0.1:{}/", port)});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  EXPECT_EQ(answer.error().reason, "not_connected");
}

TEST(CurlClient, SilenceAfterSendingIsAnUnknownOutcome) {
  std::mutex mutex;
  std::vector<Responder> never;
  const auto server = serve([&](const HttpRequest&, Responder respond) {
    const std::lock_guard lock(mutex);
    never.push_back(std::move(respond));
  });
  const auto client = make_client();
  const auto answer =
      send_and_wait(*client, {.method = "POST",
                              .url = url_of(*server, "/"),
                              .headers = {},
                              .body = "pay",
                              .options = {.total_timeout = std::chrono::milliseconds(200)}});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::OutcomeUnknown);
  EXPECT_EQ(answer.error().reason, "response_timeout");
  const std::lock_guard lock(mutex);
  never.clear();
}

/// Answers one request, takes the next one, and is gone before it answers that.
class DyingServer {
 public:
  DyingServer() {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve_and_die(); });
  }
  ~DyingServer() { thread_.join(); }
  DyingServer(const DyingServer&) = delete;
  DyingServer& operator=(const DyingServer&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}/", port_); }

 private:
  static void read_until(int connection, std::string_view end) {
    std::array<char, 4096> bytes{};
    std::string text;
    while (!text.ends_with(end)) {
      const ssize_t count = ::read(connection, bytes.data(), bytes.size());
      ASSERT_GT(count, 0) << text;
      text.append(bytes.data(), static_cast<std::size_t>(count));
    }
  }
  void serve_and_die() const {
    const int connection = ::accept(listener_, nullptr, nullptr);
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    read_until(connection, "\r\n\r\n");
    EXPECT_EQ(::write(connection, kAnswer.data(), kAnswer.size()), ssize_t{kAnswer.size()});
    read_until(connection, "pay");
    ::close(listener_);
    ::close(connection);
  }

  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// libcurl tries another connection by itself, and would say that it could not be made.
TEST(CurlClient, WhatWasSentOverAKeptConnectionIsUnknownThoughTheNextOneIsRefused) {
  const DyingServer server;
  const auto client = make_client();
  ASSERT_TRUE(send_and_wait(*client, {.method = "GET", .url = server.url()}));
  const auto answer =
      send_and_wait(*client, {.method = "POST", .url = server.url(), .body = "pay"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::OutcomeUnknown);
  EXPECT_EQ(answer.error().reason, "connection_broken");
}

TEST(CurlClient, AnAnswerBeyondTheBoundIsUnknownAndNotKept) {
  const auto server = serve([](const HttpRequest&, Responder respond) {
    HttpResponse response;
    response.body.assign(10'000, 'x');
    respond(std::move(response));
  });
  const auto client = make_client();
  const auto answer = send_and_wait(
      *client,
      {.method = "GET", .url = url_of(*server, "/"), .options = {.response_bytes_max = 5'000}});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "response_too_large");
}

TEST(CurlClient, RefusesOtherProtocols) {
  const auto client = make_client();
  const auto answer = send_and_wait(*client, {.method = "GET", .url = "file:///etc/passwd"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
}

TEST(CurlClient, WhatWaitsWhenTheClientStopsIsAnswered) {
  std::vector<Responder> never;
  std::promise<void> arrived;
  const auto server = serve([&](const HttpRequest&, Responder respond) {
    never.push_back(std::move(respond));
    arrived.set_value();
  });
  auto client = make_client();
  std::promise<ErrorCode> heard;
  client->send({.method = "GET", .url = url_of(*server, "/")}, [&](Result<HttpResponse> answer) {
    heard.set_value(answer ? ErrorCode::Internal : answer.error().code);
  });
  arrived.get_future().wait();
  client.reset();
  EXPECT_EQ(heard.get_future().get(), ErrorCode::OutcomeUnknown);
  never.clear();
}

TEST(LocalSocket, ServesItsOwnerAndSaysWhoAsks) {
  const auto path = std::filesystem::temp_directory_path() /
                    fmt::format("remit-net-{}.sock", static_cast<long>(::getpid()));
  std::optional<std::uint32_t> user;
  {
    const auto server = serve(
        [&](const HttpRequest& request, Responder respond) {
          user = request.peer.local_user;
          respond(echo(request));
        },
        {.socket_path = path.string()});
    EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::all,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto client = make_client();
    const auto answer = send_and_wait(*client, {.method = "POST",
                                                .url = "http://admin/x",
                                                .socket_path = path.string(),
                                                .headers = {},
                                                .body = "hello"});
    ASSERT_TRUE(answer.has_value()) << answer.error().describe();
    EXPECT_EQ(answer->body, "hello");
    EXPECT_EQ(user, ::getuid());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace remit::net
