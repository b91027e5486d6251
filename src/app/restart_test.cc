#include "app/served_api_test.h"

#include <gmock/gmock.h>

#include <thread>

namespace remit::app {
namespace {

using testing::HasSubstr;

class Restart : public ServedApi {
 protected:
  net::ClientRequest payment() {
    return request("POST", "/v1/payments",
                   R"({"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons",)"
                   R"("sort_code":"204514","account_number":"10000001"},"reference":"INV 1"})");
  }
  /// What `remit flows list` says of one flow.
  static std::string flow(std::string_view name, std::string_view field) {
    const auto flows = ask_admin(data(), "GET", "/admin/flows");
    EXPECT_TRUE(flows) << flows.error().describe();
    const auto document = codec::JsonDocument::parse(flows.value_or("{}"), {});
    const codec::JsonNode* items = document->root().find("data");
    const codec::JsonNode* item = items->first();
    for (std::uint32_t i = 0; i < items->count; ++i, item = item->next()) {
      if (text_at(*item, "name") == name) return text_at(*item, field);
    }
    return "no such flow";
  }
  /// A flow reads its state when it begins, and says so from its next step on.
  static void expect_flow(std::string_view name, std::string_view field, std::string_view value) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (flow(name, field) != value && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(flow(name, field), value) << name << " " << field;
  }
};

TEST_F(Restart, ForgetsNothingThatWasAnswered) {
  const auto asked = payment();
  const Answer first = send(asked);
  ASSERT_EQ(first.status, 201) << first.response.body;
  const std::string before = positions();
  restart();
  auto again = asked;
  again.url = server_->url() + "/v1/payments";
  const Answer second = send(again);
  EXPECT_EQ(second.response.body, first.response.body);
  EXPECT_EQ(second.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(positions(), before);
  EXPECT_EQ(call("GET", "/v1/payments/" + first.text("id")).text("status"), "created");
  auto listed = request("GET", "/v1/payments");
  listed.headers.add("Remit-Min-Position", first.header("Remit-Min-Position"));
  EXPECT_THAT(send(listed).response.body, HasSubstr(first.text("id")));
}

TEST_F(Restart, KeepsFlowsPausedAndThrottled) {
  admin("/admin/flows/read_model/pause", "{}", "");
  admin("/admin/flows/submit_payments/throttle", R"({"records_per_second_max":7})", "");
  restart();
  expect_flow("read_model", "paused", "yes");
  expect_flow("authorise_payments", "paused", "yes");
  expect_flow("submit_payments", "paused", "no");
  expect_flow("submit_payments", "records_per_second_max", "7");
  admin("/admin/flows/read_model/resume", "{}", "");
  admin("/admin/flows/submit_payments/throttle", R"({"records_per_second_max":0})", "");
  restart();
  expect_flow("read_model", "paused", "no");
  expect_flow("submit_payments", "records_per_second_max", "0");
}

TEST_F(Restart, ARevokedKeyStaysClosed) {
  const auto made = ask_admin(data(), "POST", fmt::format("/admin/clients/{}/keys", client_), "{}");
  ASSERT_TRUE(made);
  const auto key = codec::JsonDocument::parse(*made, {});
  admin("/admin/keys/" + text_at(key->root(), "id") + "/revoke", "{}", "");
  restart();
  auto asked = request("GET", "/v1/payments");
  asked.headers.set("Authorization", "Bearer " + text_at(key->root(), "key"));
  EXPECT_EQ(send(asked).text("code"), "api_key_unknown");
}

}  // namespace
}  // namespace remit::app
