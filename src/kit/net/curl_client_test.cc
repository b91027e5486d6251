#include "kit/net/curl_client.h"

#include "kit/net/server.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
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
  std::vector<Responder> never;
  const auto server =
      serve([&](const HttpRequest&, Responder respond) { never.push_back(std::move(respond)); });
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
  never.clear();
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
