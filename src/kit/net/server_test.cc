#include "kit/net/server.h"

#include "kit/net/problem.h"
#include "kit/net/raw_client_test.h"
#include "kit/net/router.h"

#include <gtest/gtest.h>

#include <thread>

namespace remit::net {
namespace {

std::unique_ptr<HttpServer> serve(Handler handler, ServerOptions options = {}) {
  auto server = HttpServer::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.has_value()) << (server ? "" : server.error().describe());
  return std::move(*server);
}

Handler echo() {
  return [](HttpRequest request, Responder respond) {
    respond(json_response(
        200, request.method + " " + request.path + " " + request.query + " " + request.body));
  };
}

TEST(HttpServer, ServesManyRequestsOnOneConnection) {
  auto server = serve(echo());
  RawClient client(server->port());
  for (int i = 0; i < 100; ++i) {
    client.send("POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
    const std::string answer = client.read_answer();
    ASSERT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    ASSERT_TRUE(answer.ends_with("POST /a b=c hi")) << answer;
  }
  EXPECT_EQ(server->stats().requests, 100U);
  EXPECT_EQ(server->stats().connections_total, 1U);
}

TEST(HttpServer, ServesPipelinedAndChunkedRequestsInOrder) {
  auto server = serve(echo());
  RawClient client(server->port());
  client.send(
      "GET /one HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /two HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "GET /three HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_TRUE(client.closed());
  const std::size_t one = all.find("GET /one");
  const std::size_t two = all.find("POST /two  abc");
  const std::size_t three = all.find("GET /three");
  EXPECT_LT(one, two) << all;
  EXPECT_LT(two, three) << all;
  EXPECT_NE(three, std::string::npos) << all;
}

TEST(HttpServer, AnswersHeadWithoutABodyAndExpectWithContinue) {
  auto server = serve(echo());
  RawClient client(server->port());
  client.send("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\n"));
  RawClient expecting(server->port());
  expecting.send(
      "POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(expecting.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  expecting.send("ok");
  EXPECT_TRUE(expecting.read_answer().ends_with("POST /x  ok"));
}

TEST(HttpServer, AnswersFromAnotherThreadAndAnswers500ForADroppedResponder) {
  std::vector<std::thread> threads;
  auto server = serve([&](HttpRequest request, Responder respond) {
    if (request.path == "/drop") return;
    threads.emplace_back(
        [respond = std::move(respond)]() mutable { respond(json_response(200, "late")); });
  });
  RawClient client(server->port());
  client.send("GET /thread HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("late"));
  client.send("GET /drop HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 500"));
  for (std::thread& thread : threads) thread.join();
}

TEST(HttpServer, BoundsHeadersAndBodies) {
  ServerOptions options;
  options.header_bytes_max = 1024;
  options.body_bytes_max = 100;
  auto server = serve(echo(), options);
  RawClient header(server->port());
  header.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x'));
  EXPECT_TRUE(header.read_to_end().starts_with("HTTP/1.1 431"));
  RawClient body(server->port());
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n");
  EXPECT_TRUE(body.read_to_end().starts_with("HTTP/1.1 413"));
  RawClient chunks(server->port());
  chunks.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
              std::string("65\r\n") + std::string(101, 'x'));
  EXPECT_TRUE(chunks.read_to_end().starts_with("HTTP/1.1 413"));
  EXPECT_EQ(server->stats().requests, 0U);
  EXPECT_EQ(server->stats().requests_refused,
            (CountsByReason{{"body_too_large", 2}, {"header_too_large", 1}}));
}

TEST(HttpServer, AClientThatStillSendsHearsThatItIsRefused) {
  ServerOptions options;
  options.body_bytes_max = 100;
  auto server = serve(echo(), options);
  RawClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
  // Refused by now, and the body goes out all the same.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  for (int i = 0; i < 30; ++i) client.send(std::string(100'000, 'x'));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413"));
}

TEST(HttpServer, DrainsByAnsweringWhatIsUnderWay) {
  std::optional<Responder> waiting;
  std::mutex mutex;
  auto server = serve([&](HttpRequest, Responder respond) {
    const std::lock_guard lock(mutex);
    waiting = std::move(respond);
  });
  RawClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  while (true) {
    const std::lock_guard lock(mutex);
    if (waiting) break;
  }
  std::thread answers([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    (*waiting)(json_response(200, "done"));
  });
  server->drain(std::chrono::seconds(5));
  answers.join();
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(answer.contains("Connection: close")) << answer;
  EXPECT_TRUE(answer.ends_with("done")) << answer;
  RawClient late(server->port());
  EXPECT_FALSE(late.connected());
}

TEST(Router, FindsRoutesAndSaysWhatIsWrong) {
  Router router;
  router.add("GET", "/v1/payments/{id}", [](RoutedRequest request, Responder respond) {
    respond(json_response(200, request.parameter("id")));
  });
  router.add("POST", "/v1/payments/{id}",
             [](RoutedRequest, Responder respond) { respond(json_response(201, "")); });
  const auto ask = [&](std::string method, std::string path) {
    HttpResponse answer;
    HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    router.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
    return answer;
  };
  EXPECT_EQ(ask("GET", "/v1/payments/pay%5F1").body, "pay_1");
  EXPECT_EQ(ask("POST", "/v1/payments/x").status, 201);
  EXPECT_EQ(ask("GET", "/v1/payments/%zz").status, 404);
  EXPECT_EQ(ask("GET", "/v1/payments/").status, 404);
  EXPECT_EQ(ask("GET", "/v1/payments/a/b").status, 404);
  const HttpResponse wrong = ask("DELETE", "/v1/payments/x");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.find("allow"), "GET, POST");
}

TEST(Router, DecodesFormsStrictly) {
  const auto fields = parse_form("a=1+2&b=%C3%A4&a=&c");
  ASSERT_TRUE(fields.has_value());
  ASSERT_EQ(fields->size(), 4U);
  EXPECT_EQ((*fields)[0].second, "1 2");
  EXPECT_EQ((*fields)[1].second, "\xC3\xA4");
  EXPECT_FALSE(parse_form("a=%0").has_value());
  EXPECT_FALSE(parse_form("a=%00").has_value());
  EXPECT_EQ(percent_encode("a b/\xC3\xA4~"), "a%20b%2F%C3%A4~");
}

}  // namespace
}  // namespace remit::net
