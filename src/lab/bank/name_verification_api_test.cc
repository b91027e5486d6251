#include "lab/bank/bank_world_test.h"

namespace remit::lab::bank {
namespace {

class NameVerificationApiTest : public BankWorld {
 protected:
  static json::object question(std::string_view identification, std::string_view name,
                               std::string_view type, std::string_view secondary = "") {
    json::object data{{"SchemeName", "SortCodeAccountNumber"},
                      {"AccountType", type},
                      {"Identification", identification},
                      {"Name", name}};
    if (!secondary.empty()) data["SecondaryIdentification"] = secondary;
    return {{"Data", std::move(data)}};
  }
  net::HttpResponse ask(const json::object& body, const std::string& token) {
    const std::string text = json::serialize(body);
    net::Headers headers = headers_for(token);
    headers.set("Content-Type", "application/json");
    headers.set("x-jws-signature",
                sign_message(text, *key_, sandbox_->tpp_signing_kid, tpp(), clock_.now()));
    return call(*client_, "POST", bank_->url() + "/open-banking/v1.0/cop/name-verification",
                headers, text);
  }
  /// "true", or the reason and the name that is told.
  std::string report_on(const json::object& body) {
    const auto answer = ask(body, client_token("name-verification"));
    EXPECT_EQ(answer.status, 200) << answer.body;
    const json::object data = data_of(answer);
    const json::object* report = find_object(data, "VerificationReport");
    if (report == nullptr) return answer.body;
    if (report->at("Matched").as_bool()) return report->size() == 1 ? "true" : answer.body;
    std::string text(find_text(*report, "ReasonCode").value_or(""));
    if (const auto name = find_text(*report, "Name")) text += fmt::format(" {}", *name);
    return text;
  }
};

TEST_F(NameVerificationApiTest, EveryReason) {
  EXPECT_EQ(report_on(question("20451410000001", "fern and sons limited", "Business")), "true");
  EXPECT_EQ(report_on(question("20451410000001", "Fern & Sons", "Business")),
            "MBAM Fern & Sons Ltd");
  EXPECT_EQ(report_on(question("20451410000001", "Fern & Sons", "Personal")),
            "BAMM Fern & Sons Ltd");
  EXPECT_EQ(report_on(question("20451410000001", "Fern & Sons Ltd", "Personal")), "BANM");
  EXPECT_EQ(report_on(question("20451410000001", "Moss & Daughters", "Business")), "ANNM");
  EXPECT_EQ(report_on(question("20451410000002", "Dr Margaret Anne O'Neill", "Personal")), "true");
  EXPECT_EQ(report_on(question("20451410000002", "M O'Neill", "Business")),
            "PAMM Dr Margaret Anne O'Neill");
  EXPECT_EQ(report_on(question("20451410000003", "ZOE BRONTE HUGHES", "Business")), "PANM");
  EXPECT_EQ(report_on(question("20451410000004", "Priya Raman", "Personal")), "IVCR");
  EXPECT_EQ(report_on(question("20451410000004", "Priya Raman", "Personal", "ROLL/1")), "IVCR");
  EXPECT_EQ(report_on(question("20451410000004", "Priya Raman", "Personal", "ROLL/123456")),
            "true");
  EXPECT_EQ(report_on(question("20451410000005", "Omar Haddad", "Personal")), "OPTO");
  EXPECT_EQ(report_on(question("20451410000006", "Lark Bakery Ltd", "Business")), "CASS");
  EXPECT_EQ(report_on(question("20451410000007", "Heron Trustees", "Business")), "ACNS");
  EXPECT_EQ(report_on(question("20451499999999", "Omar Haddad", "Personal")), "AC01");
  EXPECT_EQ(report_on(question("60000010000001", "Omar Haddad", "Personal")), "SCNS");
  // Payers have names as well.
  EXPECT_EQ(report_on(question("30995012345600", "Ada Okafor", "Personal")), "true");
  EXPECT_EQ(control("/sandbox/payees").at("payees").as_array().size(), options_.payees.size());
}

TEST_F(NameVerificationApiTest, TokensOfOneScopeDoNotOpenTheOther) {
  const json::object body = question("20451410000001", "Fern & Sons Ltd", "Business");
  EXPECT_EQ(ask(body, client_token("payments")).status, 403);
  EXPECT_EQ(
      post("/domestic-payment-consents", client_token("name-verification"), staged(), "k").status,
      403);
  EXPECT_EQ(ask(body, "none").status, 401);
}

TEST_F(NameVerificationApiTest, WhatBreaksTheSchema) {
  const std::string token = client_token("name-verification");
  for (const json::object& body :
       {question("2045141000001", "Fern", "Business"),
        question("2045141000000x", "Fern", "Business"), question("20451410000001", "", "Business"),
        question("20451410000001", "Fern", "Charity"),
        question("20451410000001", "Fern", "Business", std::string(35, 'x')), json::object()}) {
    EXPECT_EQ(ask(body, token).status, 400) << json::serialize(body);
  }
}

TEST_F(NameVerificationApiTest, Faults) {
  const std::string token = client_token("name-verification");
  const json::object body = question("20451410000001", "Moss", "Business");
  for (const auto& [fault, status] :
       std::initializer_list<std::pair<std::string_view, int>>{{"out_of_service", 503},
                                                               {"server_error_before", 500},
                                                               {"too_many_requests", 429},
                                                               {"timeout_before", 0},
                                                               {"unreadable", 200},
                                                               {"contradiction", 200}}) {
    fail_next("name_verification", fault);
    const auto answer = ask(body, token);
    EXPECT_EQ(answer.status, status) << fault;
    if (fault == "unreadable") {
      EXPECT_FALSE(parse_json(answer.body).has_value());
    }
    if (fault == "contradiction") {
      EXPECT_TRUE(answer.body.contains(R"("Matched":true,"ReasonCode":"ANNM")")) << answer.body;
    }
  }
  EXPECT_EQ(report_on(body), "ANNM");
}

}  // namespace
}  // namespace remit::lab::bank
