#include "app/served_api_test.h"
#include "kit/net/raw_client_test.h"

#include <gmock/gmock.h>

#include <fstream>
#include <future>
#include <vector>

namespace remit::app {
namespace {

using testing::HasSubstr;

/// What strangers and greedy clients may ask of a whole server.
class Edge : public ServedApi {
 protected:
  /// What the process holds in memory.
  static std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    file >> all >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  static std::string repeated(std::string_view part, std::size_t count) {
    std::string all;
    all.reserve(part.size() * count);
    for (std::size_t i = 0; i < count; ++i) all += part;
    return all;
  }
  static std::string many_names(std::size_t count) {
    std::string all = "{";
    for (std::size_t i = 0; i < count; ++i) all += fmt::format(R"("{:x}":1,)", i);
    all.back() = '}';
    return all;
  }
};

TEST_F(Edge, JsonBombsAreRefusedAtOnceAndLeaveNothingBehind) {
  struct Bomb {
    std::string body;
    int status;
    std::string_view code;
  };
  const std::vector<Bomb> bombs = {
      {std::string(10'000, '['), 400, "json_too_deep"},
      {repeated(R"({"a":)", 10'000), 400, "json_too_deep"},
      {R"({"amount":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}", 400,
       "json_too_deep"},
      {many_names(90'000), 413, "json_too_large"},
      {"[" + repeated("1,", 500'000) + "1]", 413, "json_too_large"},
      {many_names(1'000'000), 413, "body_too_large"},
      {R"({"amount":{"amount":)" + std::string(900'000, '9') + R"(,"currency":"GBP"}})", 400,
       "json_number_range"},
      {R"({"amount":1e999999999})", 400, "json_wrong_type"},
      {R"({"amount":{"amount":1,"amount":2,"currency":"GBP"}})", 400, "json_duplicate_key"},
      {R"({"\u0061mount":1,"amount":2})", 400, "json_duplicate_key"},
      {R"({"amount":{"amount":1250.0,"currency":"GBP"}})", 400, "json_wrong_type"},
      {R"({"amount":{"amount":1.25e3,"currency":"GBP"}})", 400, "json_wrong_type"},
      {R"({"amount":{"amount":9007199254740993.0,"currency":"GBP"}})", 400, "json_wrong_type"},
      {R"({"amount":{"amount":18446744073709551616,"currency":"GBP"}})", 400, "json_number_range"},
      {R"({"amount":{"amount":NaN,"currency":"GBP"}})", 400, "json_malformed"},
      {"\"" + std::string(900'000, 'x'), 400, "json_malformed"},
      {"{\"a\xff\":1}", 400, "json_malformed"},
  };
  const std::uint64_t before = resident_bytes();
  for (const Bomb& bomb : bombs) {
    SCOPED_TRACE(bomb.body.substr(0, 60));
    const std::string decided = positions();
    const auto begun = std::chrono::steady_clock::now();
    const Answer answer = call("POST", "/v1/payments", bomb.body);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
    EXPECT_EQ(answer.status, bomb.status) << answer.response.body;
    EXPECT_EQ(answer.text("code"), bomb.code) << answer.response.body;
    EXPECT_LT(answer.response.body.size(), 2000U);
    EXPECT_EQ(positions(), decided);
  }
  // Their own texts and the buffers that read them are within this; a tree of a million nodes would not be.
  EXPECT_LT(resident_bytes(), before + 64ULL * 1024 * 1024);
}

TEST_F(Edge, AKeyHasSoManyRequestsUnderWayAndNoMore) {
  ServerConfig config = config_of_suite();
  config.data.directory = folder_ + "/greedy";
  config.clients.key_requests_in_flight_max = 2;
  const auto server = start_on(std::move(config));
  ASSERT_TRUE(server) << server.error().describe();
  const std::string data = folder_ + "/greedy";
  const auto operate = [&](const std::string& path, std::string body, std::string_view wanted) {
    const auto answer = ask_admin(data, "POST", path, std::move(body));
    EXPECT_TRUE(answer) << answer.error().describe();
    const auto document = codec::JsonDocument::parse(answer.value_or("{}"), {});
    return wanted.empty() || !document ? std::string() : text_at(document->root(), wanted);
  };
  const std::string client = operate("/admin/clients", R"({"name":"Greedy"})", "id");
  const std::string key = operate(fmt::format("/admin/clients/{}/keys", client), "{}", "key");
  const auto request_with = [&](std::string method, std::string path, std::string body) {
    net::ClientRequest made{
        .method = std::move(method), .url = (*server)->url() + path, .body = std::move(body)};
    made.headers.add("Authorization", "Bearer " + key);
    made.headers.add("Idempotency-Key", fmt::format("greedy-{}", ++last_key_));
    made.headers.add("Content-Type", "application/json");
    return made;
  };
  // The lists stand still, so that whoever wants to see this account in them waits.
  operate("/admin/flows/read_model/pause", "{}", "");
  const auto made = net::send_and_wait(
      *http_,
      request_with("POST", "/v1/accounts", R"({"name":"a","type":"liability","currency":"GBP"})"));
  ASSERT_TRUE(made);
  ASSERT_EQ(made->status, 201) << made->body;
  const std::string position(made->headers.find("Remit-Min-Position").value_or("?"));
  std::vector<std::future<net::HttpResponse>> answers;
  for (int i = 0; i < 5; ++i) {
    net::ClientRequest list = request_with("GET", "/v1/accounts", "");
    list.headers.add("Remit-Min-Position", position);
    auto promise = std::make_shared<std::promise<net::HttpResponse>>();
    answers.push_back(promise->get_future());
    http_->send(std::move(list), [promise](Result<net::HttpResponse> answer) {
      promise->set_value(answer ? *std::move(answer) : net::HttpResponse{.status = 0});
    });
  }
  const auto refused = [&] {
    int count = 0;
    for (auto& answer : answers) {
      count += answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready ? 1 : 0;
    }
    return count;
  };
  for (int i = 0; i < 200 && refused() < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(refused(), 3);
  operate("/admin/flows/read_model/resume", "{}", "");
  int served = 0;
  for (auto& future : answers) {
    const net::HttpResponse answer = future.get();
    if (answer.status == 200) {
      ++served;
      continue;
    }
    EXPECT_EQ(answer.status, 429);
    EXPECT_THAT(answer.body, HasSubstr(R"("code":"concurrency_limited")"));
    EXPECT_EQ(answer.headers.find("Retry-After"), "1");
  }
  EXPECT_EQ(served, 2);
  const auto metrics =
      net::send_and_wait(*http_, {.method = "GET", .url = (*server)->url() + "/metrics"});
  ASSERT_TRUE(metrics);
  EXPECT_THAT(metrics->body, HasSubstr("remit_http_concurrency_limited_total 3"));
}

TEST_F(Edge, WhatItRefusesIsCountedByReason) {
  net::RawClient malformed(server_->port());
  malformed.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(malformed.read_to_end().starts_with("HTTP/1.1 400"));
  const std::string metrics =
      send({.method = "GET", .url = server_->url() + "/metrics"}).response.body;
  EXPECT_THAT(metrics, HasSubstr(R"(remit_http_requests_refused_total{reason="bad_request"})"));
  EXPECT_THAT(metrics, HasSubstr("remit_http_connections_total"));
  EXPECT_THAT(metrics, HasSubstr("# TYPE remit_http_connections gauge"));
}

}  // namespace
}  // namespace remit::app
