#include "app/operator.h"
#include "app/served_api_test.h"

#include <gmock/gmock.h>

#include <thread>

namespace remit::app {
namespace {

using testing::HasSubstr;

/// A server whose operators work under four eyes, and whose webhooks die at once.
class FourEyes : public ServedApi {
 protected:
  void SetUp() override {
    ServerConfig config = config_of_suite();
    config.data.directory = data_;
    config.operators.four_eyes = true;
    config.webhooks = {.allow_http = true,
                       .allow_private_addresses = true,
                       .timeout = std::chrono::milliseconds(200),
                       .retry_delays = {std::chrono::milliseconds(1)},
                       .retry_for = std::chrono::milliseconds(1)};
    std::filesystem::remove_all(data_);
    auto server = start_on(config);
    ASSERT_TRUE(server) << server.error().describe();
    strict_ = *std::move(server);
  }
  std::string ask(std::string method, const std::string& path, std::string body = {}) {
    const auto answer = ask_admin(data_, std::move(method), path, std::move(body));
    return answer ? *answer : answer.error().reason;
  }
  static std::string text(const std::string& json, std::string_view path) {
    const auto document = codec::JsonDocument::parse(json, {});
    return document ? text_at(document->root(), path) : "";
  }
  void post(const std::string& key, std::string path, std::string body) {
    net::ClientRequest made{
        .method = "POST", .url = strict_->url() + std::move(path), .body = std::move(body)};
    made.headers.add("Authorization", "Bearer " + key);
    made.headers.add("Idempotency-Key", fmt::format("strict-{}", ++last_key_));
    made.headers.add("Content-Type", "application/json");
    const auto answer = net::send_and_wait(*http_, std::move(made));
    ASSERT_TRUE(answer) << answer.error().describe();
    ASSERT_EQ(answer->status, 201) << answer->body;
  }
  std::string first_dead_letter() {
    for (int looks = 0; looks < 1000; ++looks) {
      const std::string letters = ask("GET", "/admin/deadletters?status=open");
      if (const auto at = letters.find("dlq_"); at != std::string::npos) {
        return letters.substr(at, 30);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return "";
  }

  std::string data_ = folder_ + "/strict";
  std::unique_ptr<Server> strict_;
};

TEST_F(FourEyes, WhatIsTwiceWrongIsRefusedAtOnce) {
  const std::string payment = "pay_01jz4zwnjmfzk8hkmxgfwzbc9b";
  EXPECT_EQ(ask("POST", "/admin/payments/" + payment + "/resolve",
                R"({"executed":false,"evidence":"x"})"),
            "payment_not_found");
  const std::string approval = "apr_01jz4zwnjmfzk8hkmxgfwzbc9b";
  for (const std::string_view verb : {"approve", "reject"}) {
    EXPECT_EQ(
        ask("POST", fmt::format("/admin/approvals/{}/{}", approval, verb), R"({"because":"x"})"),
        "approval_not_found");
  }
  EXPECT_EQ(ask("GET", "/admin/approvals/" + approval), "approval_not_found");
  EXPECT_EQ(ask("GET", "/admin/approvals/pay_1"), "id_invalid");
  EXPECT_THAT(ask("GET", "/admin/approvals"), HasSubstr(R"("data":[])"));
  EXPECT_THAT(ask("GET", "/admin/audit?partition=0"), HasSubstr("operator.policy_adopted"));
}

TEST_F(FourEyes, OnePersonMayHaveAnEventToldAgain) {
  const std::string client = text(ask("POST", "/admin/clients", R"({"name":"Strict"})"), "id");
  const std::string key = text(ask("POST", "/admin/clients/" + client + "/keys", "{}"), "key");
  post(key, "/v1/webhook_endpoints", R"({"url":"http://127.0.0.1:1/hooks"})");
  post(key, "/v1/payments",
       R"({"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons",)"
       R"("sort_code":"204514","account_number":"10000001"},"reference":"INV 1"})");
  const std::string letter = first_dead_letter();
  ASSERT_NE(letter, "");
  EXPECT_EQ(ask("POST", "/admin/deadletters/" + letter + "/redrive", R"({"because":"it is up"})"),
            "{}");
  EXPECT_THAT(ask("GET", "/admin/approvals"), HasSubstr(R"("data":[])"));
}

}  // namespace
}  // namespace remit::app
