#include "app/served_api_test.h"
#include "lab/bank/bank.h"

#include <gmock/gmock.h>

#include <sstream>

/// Payees verified through a served API, by a model bank over mutual TLS, and payments that rest on what it said.
namespace remit::app {
namespace {

using testing::HasSubstr;

class PayeeVerificationTest : public ServedApi {
 protected:
  static void SetUpTestSuite() {
    ServedApi::SetUpTestSuite();
    auto sandbox = *lab::bank::write_sandbox(folder_, {"https://127.0.0.1/callback"}, clock_.now());
    sandbox.options.silence = std::chrono::seconds(2);
    bank_ = *lab::bank::Bank::start(sandbox.options, *host_, entropy_);
    ServerConfig config = config_of_suite();
    config.banks.front().bank_signature_issuer = sandbox.options.organisation_id;
    config.payee_verification.issuer = bank_->url();
    config.payee_verification.api_url = bank_->url() + "/open-banking/v1.0/cop";
    config.payee_verification.responder_signature_issuer = sandbox.options.organisation_id;
    config.payee_verification.call_timeout = std::chrono::seconds(1);
    config.payee_verification.payouts_required = true;
    ASSERT_THAT(check(config), testing::ElementsAre()) << "of the configuration";
    server_.reset();
    auto server = start_on(std::move(config));
    ASSERT_TRUE(server) << server.error().describe();
    server_ = *std::move(server);
  }
  static void TearDownTestSuite() {
    ServedApi::TearDownTestSuite();
    bank_.reset();
  }

  static std::string payee(std::string_view name, std::string_view account,
                           std::string_view type = "business", std::string_view secondary = "") {
    std::string more;
    if (!secondary.empty()) more = fmt::format(R"(,"secondary_reference":"{}")", secondary);
    return fmt::format(
        R"({{"name":"{}","sort_code":"204514","account_number":"{}","account_type":"{}"{}}})", name,
        account, type, more);
  }
  Answer verify(const std::string& body) {
    const Answer made = call("POST", "/v1/payee_verifications", body);
    EXPECT_EQ(made.status, 201) << made.response.body;
    return made;
  }
  /// "close_match MBAM Fern & Sons Ltd"
  std::string verdict(const std::string& body) {
    const Answer made = verify(body);
    std::string words = made.text("result");
    for (const std::string_view part : {"reason_code", "account_name", "unavailable_reason"}) {
      if (const std::string text = made.text(part); !text.empty()) words += " " + text;
    }
    return words;
  }
  static std::string payment(std::string_view name, const std::string& verification,
                             bool acknowledged = false, std::string_view account = "10000001") {
    return fmt::format(
        R"({{"amount":{{"amount":1250,"currency":"GBP"}},"reference":"INV 1","creditor":{{"name":"{}",)"
        R"("sort_code":"204514","account_number":"{}"}},"payee_verification":{{"id":"{}",)"
        R"("acknowledged":{}}}}})",
        name, account, verification, acknowledged);
  }
  void fail_next(std::string_view fault) {
    net::ClientRequest set{
        .method = "POST",
        .url = bank_->control_url() + "/sandbox/faults",
        .body =
            fmt::format(R"({{"one_shots":[{{"call":"name_verification","fault":"{}"}}]}})", fault)};
    set.headers.add("Content-Type", "application/json");
    EXPECT_EQ(net::send_and_wait(*http_, std::move(set))->status, 200);
  }
  /// How many questions the metrics know of.
  int asked() {
    const auto answer =
        net::send_and_wait(*http_, {.method = "GET", .url = server_->url() + "/metrics"});
    int sum = 0;
    std::istringstream lines(answer->body);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("remit_payee_verifications_total{")) {
        sum += std::stoi(line.substr(line.rfind(' ') + 1));
      }
    }
    return sum;
  }

  static inline SystemClock clock_;
  static inline SystemEntropy entropy_;
  static inline std::unique_ptr<Host> host_ = make_thread_host(clock_);
  static inline std::unique_ptr<lab::bank::Bank> bank_;
};

TEST_F(PayeeVerificationTest, WhatTheBankSaysIsAnsweredAndKept) {
  const Answer close = verify(payee("Fern & Sons", "10000001"));
  EXPECT_EQ(close.text("result"), "close_match");
  EXPECT_EQ(close.text("reason_code"), "MBAM");
  EXPECT_EQ(close.text("account_name"), "Fern & Sons Ltd");
  EXPECT_EQ(close.text("payee.name"), "Fern & Sons");
  const Answer read = call("GET", "/v1/payee_verifications/" + close.text("id"));
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.response.body, close.response.body);

  EXPECT_EQ(verdict(payee("FERN AND SONS LIMITED", "10000001")), "matched");
  EXPECT_EQ(verdict(payee("Fern & Sons Ltd", "10000001", "personal")), "close_match BANM");
  EXPECT_EQ(verdict(payee("Fern & Sons", "10000001", "personal")),
            "close_match BAMM Fern & Sons Ltd");
  EXPECT_EQ(verdict(payee("M O'Neill", "10000002")), "close_match PAMM Dr Margaret Anne O'Neill");
  EXPECT_EQ(verdict(payee("Zoe Bronte Hughes", "10000003")), "close_match PANM");
  EXPECT_EQ(verdict(payee("Moss & Daughters", "10000001")), "no_match ANNM");
  EXPECT_EQ(verdict(payee("Moss", "99999999")), "no_match AC01");
  EXPECT_EQ(verdict(payee("Priya Raman", "10000004", "personal")), "no_match IVCR");
  EXPECT_EQ(verdict(payee("Priya Raman", "10000004", "personal", "ROLL/123456")), "matched");
  EXPECT_EQ(verdict(payee("Omar Haddad", "10000005", "personal")), "cannot_check OPTO");
  EXPECT_EQ(verdict(payee("Lark Bakery Ltd", "10000006")), "cannot_check CASS");
  EXPECT_EQ(verdict(payee("Heron Trustees", "10000007")), "cannot_check ACNS");
  std::string elsewhere = payee("Moss", "10000001");
  elsewhere.replace(elsewhere.find("204514"), 6, "600000");
  EXPECT_EQ(verdict(elsewhere), "cannot_check SCNS");
}

TEST_F(PayeeVerificationTest, WhoeverDoesNotAnswerAsTheyMustIsUnavailable) {
  const std::string asked = payee("Fern & Sons Ltd", "10000001");
  EXPECT_EQ(verdict(asked), "matched");
  for (const auto& [fault, reason] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"out_of_service", "responder_failed"},
           {"server_error_after", "responder_failed"},
           {"too_many_requests", "responder_busy"},
           {"timeout_after", "response_timeout"},
           {"unreadable", "report_unreadable"},
           {"contradiction", "report_contradictory"},
           {"bad_signature", "signature_invalid"}}) {
    fail_next(fault);
    EXPECT_EQ(verdict(asked), fmt::format("unavailable {}", reason));
  }
  EXPECT_EQ(verdict(asked), "matched");
  const auto metrics =
      net::send_and_wait(*http_, {.method = "GET", .url = server_->url() + "/metrics"});
  EXPECT_THAT(
      metrics->body,
      HasSubstr(R"(remit_payee_verification_failures_total{reason="report_contradictory"} 1)"));
  EXPECT_THAT(metrics->body,
              HasSubstr(R"(remit_payee_verification_seconds_count{result="unavailable"} 7)"));
}

TEST_F(PayeeVerificationTest, TheSameRequestIsAskedOnce) {
  const auto request_made = request("POST", "/v1/payee_verifications", payee("Moss", "10000001"));
  fail_next("out_of_service");
  const Answer first = send(request_made);
  EXPECT_EQ(first.text("result"), "unavailable");
  const int before = asked();
  const Answer again = send(request_made);
  EXPECT_EQ(again.response.body, first.response.body);
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(asked(), before);
  auto other = request_made;
  other.body = payee("Fern & Sons Ltd", "10000001");
  EXPECT_EQ(send(other).text("code"), "idempotency_key_reused");
  // A check that is made anew has a key of its own.
  EXPECT_EQ(verdict(payee("Moss", "10000001")), "no_match ANNM");
}

TEST_F(PayeeVerificationTest, APaymentRestsOnWhatWasSaid) {
  const std::string close = verify(payee("Fern & Sons", "10000001")).text("id");
  const std::string none = verify(payee("Moss", "10000001")).text("id");
  fail_next("out_of_service");
  const std::string silent = verify(payee("Fern & Sons Ltd", "10000001")).text("id");

  expect_refused("/v1/payments", payment("Fern & Sons", close), 422, "payee_mismatch");
  expect_refused("/v1/payments", payment("Moss", none), 422, "payee_mismatch");
  expect_refused("/v1/payments", payment("Fern & Sons Ltd", silent), 422, "payee_not_verified");
  // Nor does one verification speak for another account or name.
  expect_refused("/v1/payments", payment("Moss", close), 422, "payee_verification_differs");
  expect_refused("/v1/payments", payment("Fern & Sons", close, true, "10000002"), 422,
                 "payee_verification_differs");
  expect_refused("/v1/payments", payment("Fern", "pvf_01h455vb4pex5vsknk084sn02q", true), 404,
                 "payee_verification_not_found");
  expect_refused("/v1/payments", payment("Fern", "pay_01h455vb4pex5vsknk084sn02q", true), 404,
                 "payee_verification_not_found");

  // The name that the bank told; or, after a look at it, the name as it was.
  const Answer corrected = call("POST", "/v1/payments", payment("Fern & Sons Ltd", close));
  EXPECT_EQ(corrected.status, 201) << corrected.response.body;
  EXPECT_EQ(corrected.text("payee_verification.id"), close);
  for (const auto& [name, id] : {std::pair<std::string, std::string>{"Fern & Sons", close},
                                 {"Moss", none},
                                 {"Fern & Sons Ltd", silent}}) {
    const Answer made = call("POST", "/v1/payments", payment(name, id, true));
    EXPECT_EQ(made.status, 201) << made.response.body;
    const Answer read = call("GET", "/v1/payments/" + made.text("id"));
    EXPECT_THAT(
        read.response.body,
        HasSubstr(fmt::format(R"("payee_verification":{{"id":"{}","acknowledged":true}})", id)));
  }
}

TEST_F(PayeeVerificationTest, PayoutsMustNameOneWherePolicySaysSo) {
  std::string bare = payment("Fern & Sons Ltd", "");
  bare.resize(bare.find(R"(,"payee_verification")"));
  bare += "}";
  expect_refused("/v1/payouts", bare, 422, "payee_verification_required");
  EXPECT_EQ(call("POST", "/v1/payments", bare).status, 201);
  const std::string right = verify(payee("Fern & Sons Ltd", "10000001")).text("id");
  // Past the payee: there is no money yet.
  EXPECT_EQ(call("POST", "/v1/payouts", payment("Fern & Sons Ltd", right)).text("code"),
            "insufficient_funds");
}

TEST_F(PayeeVerificationTest, WhatIsWrongWithAQuestionIsSaidBeforeAnybodyIsAsked) {
  const int before = asked();
  const std::string path = "/v1/payee_verifications";
  expect_refused(path, payee("", "10000001"), 400, "name_invalid");
  expect_refused(path, payee(std::string(141, 'x'), "10000001"), 400, "name_invalid");
  expect_refused(path, payee("Fern", "1000001"), 400, "account_invalid");
  expect_refused(path, payee("Fern", "1000000x"), 400, "account_invalid");
  expect_refused(path, payee("Fern", "10000001", "business", std::string(35, 'x')), 400,
                 "secondary_reference_invalid");
  std::string wrong = payee("Fern", "10000001");
  wrong.replace(wrong.find("204514"), 6, "400000");
  expect_refused(path, wrong, 400, "account_number_invalid");
  EXPECT_EQ(asked(), before);
}

TEST_F(PayeeVerificationTest, NothingOfThePayeeIsOnTheDiskInClear) {
  verify(payee("Quillon Veritas Zandt", "10000001"));
  int journals = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data())) {
    if (!entry.is_regular_file()) continue;
    const auto bytes = read_file(entry.path().string(), 256 * 1024 * 1024);
    if (!bytes) continue;
    const std::string_view text = as_text(*bytes);
    EXPECT_FALSE(text.contains("Quillon")) << entry.path();
    if (text.contains("payee.verified")) ++journals;
  }
  EXPECT_GT(journals, 0) << "what was verified is nowhere";
}

}  // namespace
}  // namespace remit::app
