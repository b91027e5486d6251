#include "kit/net/server.h"

#include "kit/net/problem.h"
#include "kit/net/router.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace remit::net {
namespace {

/// A plain socket to the server, for saying what a well-behaved client never would.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Everything until the server closes the connection, or five seconds of silence.
  std::string read_to_end() {
    std::string all;
    std::array<char, 4096> part{};
    while (true) {
      const ssize_t count = ::recv(socket_, part.data(), part.size(), 0);
      if (count <= 0) {
        closed_ = count == 0 || errno == ECONNRESET;
        return all;
      }
      all.append(part.data(), static_cast<std::size_t>(count));
    }
  }
  /// One answer with a Content-Length.
  std::string read_answer() {
    std::string all;
    char c = 0;
    while (!all.ends_with("\r\n\r\n") && ::recv(socket_, &c, 1, 0) == 1) all.push_back(c);
    const std::size_t at = all.find("Content-Length: ");
    std::size_t left = at == std::string::npos ? 0 : std::stoul(all.substr(at + 16));
    while (left > 0 && ::recv(socket_, &c, 1, 0) == 1) {
      all.push_back(c);
      --left;
    }
    return all;
  }
  bool connected() const { return connected_; }
  bool closed() const { return closed_; }

 private:
  int socket_;
  bool connected_ = false;
  bool closed_ = false;
};

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

/// Each is one request that two readers could take for something else, or none at all.
const std::vector<std::string> kSmuggling = {
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: 1\n\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
    "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    std::string("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 35),
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
    "chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: "
    "3\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
    "chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\nabc\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
    "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /\r\nHost: a\r\n\r\n",
    "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n",
    "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET example HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "\x16\x03\x01\x02\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
};

TEST(HttpServer, RefusesWhatCanBeReadInTwoWaysAndClosesTheConnection) {
  ServerOptions options;
  options.header_timeout = std::chrono::milliseconds(300);
  options.body_timeout = std::chrono::milliseconds(300);
  auto server = serve(echo(), options);
  for (const std::string& request : kSmuggling) {
    RawClient client(server->port());
    client.send(request);
    const std::string answer = client.read_to_end();
    EXPECT_TRUE(client.closed()) << request;
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << request << "\n-> " << answer;
    EXPECT_TRUE(answer.contains("application/problem+json")) << request;
    EXPECT_EQ(answer.find("HTTP/1.1 4", 1), std::string::npos) << "answered twice: " << request;
  }
  EXPECT_EQ(server->stats().requests, 0U);
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
  EXPECT_EQ(server->stats().requests_bad, 3U);
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

TEST(HttpServer, EndsSlowRequestsAndIdleConnections) {
  ServerOptions options;
  options.header_timeout = std::chrono::milliseconds(200);
  options.body_timeout = std::chrono::milliseconds(200);
  options.idle_timeout = std::chrono::milliseconds(200);
  auto server = serve(echo(), options);
  RawClient slow_header(server->port());
  slow_header.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(slow_header.read_to_end().starts_with("HTTP/1.1 408"));
  RawClient slow_body(server->port());
  slow_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(slow_body.read_to_end().starts_with("HTTP/1.1 408"));
  RawClient idle(server->port());
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_TRUE(idle.closed());
}

TEST(HttpServer, BoundsTheConnectionsOfOneAddress) {
  ServerOptions options;
  options.connections_per_address_max = 2;
  auto server = serve(echo(), options);
  RawClient one(server->port());
  RawClient two(server->port());
  one.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  two.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(one.read_answer().empty());
  EXPECT_FALSE(two.read_answer().empty());
  RawClient three(server->port());
  EXPECT_EQ(three.read_to_end(), "");
  EXPECT_EQ(server->stats().connections_refused, 1U);
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
