#include "app/admin_client.h"
#include "app/server.h"
#include "app/table.h"
#include "app/world/reserved_port.h"
#include "kit/base/codec/json_document.h"
#include "kit/net/curl_client.h"
#include "lab/bank/bank.h"
#include "lab/bank/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <unistd.h>

/// A server and a model bank that tells events, over real HTTP: what they do for a payment from its request to its end.
namespace remit::app {
namespace {

using payments::EventDelivery;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class BankEventsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    port_ = *ReservedPort::take();
    sandbox_ = *lab::bank::write_sandbox(folder_, {public_url() + "/callback"}, clock_.now());
    http_ = *net::CurlClient::start(
        {.name = "test", .tls = net::TlsFiles{{}, {}, sandbox_.pki.authority_certificate()}});
    start_bank();
  }
  void TearDown() override {
    server_.reset();
    bank_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string public_url() const { return fmt::format("http://127.0.0.1:{}", port_.number()); }
  void start_bank() {
    lab::bank::BankOptions options = sandbox_.options;
    options.automatic_payer = true;
    options.received_to_in_process = milliseconds(20);
    options.in_process_to_completed = milliseconds(200);
    options.event_retry_delay = milliseconds(50);
    bank_ = *lab::bank::Bank::start(options, *host_, entropy_);
  }
  void start_server(EventDelivery events, Duration status_poll_interval,
                    std::string version = "4.0") {
    const std::string_view path = version == "4.0" ? "v4.0" : "v3.1";
    ServerConfig config;
    config.http.port = port_.number();
    config.http.public_url = public_url();
    config.data.directory = folder_ + "/data";
    config.banks.push_back({.name = "model-bank",
                            .issuer = bank_->url(),
                            .api_url = fmt::format("{}/open-banking/{}/pisp", bank_->url(), path),
                            .version = std::move(version),
                            .client_id = sandbox_.client_id,
                            .signature_issuer = sandbox_.signature_issuer,
                            .bank_signature_issuer = sandbox_.options.organisation_id,
                            .signing_key = sandbox_.pki.tpp_signing_key(),
                            .signing_key_id = sandbox_.tpp_signing_kid,
                            .transport_certificate = sandbox_.pki.transport_certificate(),
                            .transport_key = sandbox_.pki.transport_key(),
                            .trusted_authorities = sandbox_.pki.authority_certificate(),
                            .events = events,
                            .events_url = fmt::format("{}/open-banking/{}", bank_->url(), path),
                            .events_interval = milliseconds(200),
                            .status_poll_interval = status_poll_interval});
    ASSERT_TRUE(check(config).empty()) << check(config).front();
    auto server = Server::start(std::move(config), {clock_, entropy_, log_});
    ASSERT_TRUE(server) << server.error().describe();
    server_ = *std::move(server);
    const auto client =
        ask_admin(folder_ + "/data", "POST", "/admin/clients", R"({"name":"Shop"})");
    ASSERT_TRUE(client) << client.error().describe();
    const std::string id = text_of(*client, "id");
    key_ = text_of(
        *ask_admin(folder_ + "/data", "POST", fmt::format("/admin/clients/{}/keys", id), "{}"),
        "key");
    // Before the first payment, so that no change of it is missed.
    wait_until([this] { return control("/sandbox/events").contains("client_id"); });
  }

  static std::string text_of(const std::string& json, std::string_view path) {
    const auto document = codec::JsonDocument::parse(json, {});
    return document ? text_at(document->root(), path) : "";
  }
  template <class F>
  static bool wait_until(F holds, Duration patience = seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
  }
  net::HttpResponse send(std::string method, std::string url, std::string body = {},
                         std::string type = "application/json") {
    net::ClientRequest request{
        .method = std::move(method), .url = std::move(url), .body = std::move(body)};
    if (request.url.starts_with(public_url())) {
      request.headers.add("Authorization", "Bearer " + key_);
      request.headers.add("Idempotency-Key", fmt::format("key-{}", ++last_key_));
    }
    if (!request.body.empty()) request.headers.add("Content-Type", std::move(type));
    auto answer = net::send_and_wait(*http_, std::move(request));
    EXPECT_TRUE(answer) << answer.error().describe();
    return answer.value_or(net::HttpResponse{});
  }
  std::string control(const std::string& path) {
    return send("GET", bank_->control_url() + path).body;
  }
  std::string status_of(const std::string& payment) {
    return text_of(send("GET", public_url() + "/v1/payments/" + payment).body, "status");
  }
  /// A payment that its payer has approved.
  std::string pay() {
    const auto made =
        send("POST", public_url() + "/v1/payments",
             R"({"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons Ltd",)"
             R"("sort_code":"204514","account_number":"10000001"},"reference":"INV 1"})");
    EXPECT_EQ(made.status, 201) << made.body;
    const std::string id = text_of(made.body, "id");
    std::string url;
    EXPECT_TRUE(wait_until([&] {
      url = text_of(send("GET", public_url() + "/v1/payments/" + id).body, "authorisation_url");
      return !url.empty();
    }));
    const auto back = send("GET", url);
    const std::string location(back.headers.find("Location").value_or(""));
    EXPECT_THAT(location, HasSubstr("/callback#"));
    EXPECT_EQ(send("POST", public_url() + "/callback", location.substr(location.find('#') + 1),
                   "application/x-www-form-urlencoded")
                  .status,
              200);
    return id;
  }
  std::string metrics() { return send("GET", public_url() + "/metrics").body; }
  void expect_settled(const std::string& payment) {
    EXPECT_TRUE(wait_until([&] { return status_of(payment) == "settled"; })) << status_of(payment);
  }

  const std::string folder_ = (std::filesystem::temp_directory_path() /
                               fmt::format("remit-bank-events-{}", static_cast<long>(::getpid())))
                                  .string();
  SystemClock clock_;
  SystemEntropy entropy_;
  service::Log log_{clock_, service::LogLevel::Error};
  std::unique_ptr<Host> host_ = make_thread_host(clock_);
  lab::bank::Sandbox sandbox_;
  ReservedPort port_;
  std::unique_ptr<net::CurlClient> http_;
  std::unique_ptr<lab::bank::Bank> bank_;
  std::unique_ptr<Server> server_;
  std::string key_;
  int last_key_ = 0;
};

TEST_F(BankEventsTest, APaymentSettlesBecauseOfAnEventLongBeforeItWouldBePolled) {
  start_server(EventDelivery::Poll, hours(1));
  expect_settled(pay());
  EXPECT_TRUE(wait_until([this] { return control("/sandbox/events").contains(R"("waiting":0)"); }));
  EXPECT_THAT(metrics(),
              HasSubstr(R"(remit_bank_events_total{bank="model-bank",outcome="noted"} 2)"));
}

TEST_F(BankEventsTest, TheSameInTheOlderVersionAndPushed) {
  start_server(EventDelivery::Push, hours(1), "3.1.11");
  expect_settled(pay());
  EXPECT_THAT(control("/sandbox/events"), HasSubstr(R"("acknowledged":2)"));
  const std::string ours = public_url() + "/open-banking/v3.1/event-notifications";
  const auto forged = send("POST", ours, "not.a.token", "application/jwt");
  EXPECT_EQ(forged.status, 400);
  EXPECT_EQ(text_of(forged.body, "code"), "event_bank_unknown");
  EXPECT_THAT(metrics(), HasSubstr(R"(remit_bank_events_refused_total{bank="unknown",)"
                                   R"(reason="event_bank_unknown"} 1)"));
  EXPECT_EQ(send("POST", ours, "{}").status, 415);
  EXPECT_EQ(send("POST", ours, std::string(65 * 1024, 'x'), "application/jwt").status, 413);
}

TEST_F(BankEventsTest, APaymentWhoseEventsAreLostIsPolled) {
  start_server(EventDelivery::Poll, seconds(1));
  send("POST", bank_->control_url() + "/sandbox/faults",
       R"({"rates":[{"call":"event","fault":"lost","per_mille":1000}]})");
  expect_settled(pay());
  EXPECT_THAT(control("/sandbox/events"), HasSubstr(R"("acknowledged":0)"));
}

TEST_F(BankEventsTest, BadEventsAreRefusedAndTheirPaymentsPolled) {
  start_server(EventDelivery::Poll, seconds(1));
  send("POST", bank_->control_url() + "/sandbox/faults",
       R"({"rates":[{"call":"event","fault":"bad_signature","per_mille":1000}]})");
  expect_settled(pay());
  EXPECT_TRUE(wait_until([this] {
    return control("/sandbox/events").contains(R"("refused":["jwtCrypto","jwtCrypto"])");
  })) << control("/sandbox/events");
  EXPECT_THAT(metrics(), HasSubstr(R"(remit_bank_events_refused_total{bank="model-bank",)"
                                   R"(reason="event_signature"} 2)"));
}

TEST_F(BankEventsTest, RepeatedStrangeAndLateEventsDoNoHarm) {
  start_server(EventDelivery::Poll, hours(1));
  send("POST", bank_->control_url() + "/sandbox/faults",
       R"({"one_shots":[{"call":"event","fault":"duplicate"},)"
       R"({"call":"event","fault":"unknown_payment"}]})");
  expect_settled(pay());
  EXPECT_TRUE(wait_until([this] {
    const std::string all = metrics();
    return all.contains(R"({bank="model-bank",outcome="repeated"} 1)") &&
           all.contains(R"({bank="model-bank",outcome="noted"} 2)") &&
           all.contains(R"({bank="model-bank",outcome="unmatched"} 1)") &&
           all.contains(R"(remit_bank_events_waiting{bank="model-bank"} 1)");
  })) << metrics();
}

TEST_F(BankEventsTest, PushIsServedOnlyForBanksThatPush) {
  start_server(EventDelivery::Poll, hours(1));
  EXPECT_EQ(send("POST", public_url() + "/event-notifications", "a.b.c", "application/jwt").status,
            404);
}

}  // namespace
}  // namespace remit::app
