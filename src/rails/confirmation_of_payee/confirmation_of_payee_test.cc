#include "rails/confirmation_of_payee/confirmation_of_payee.h"

#include "rails/confirmation_of_payee/verification_report.h"
#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/scripted_bank_test.h"

#include <gmock/gmock.h>

namespace remit::rails::confirmation_of_payee {
namespace {

using open_banking_uk::ScriptedBank;
using terms::PayeeAccountType;
using testing::HasSubstr;

constexpr std::string_view kCall = "POST /name-verification";

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

/// "matched", "close_match MBAM Fern & Sons Ltd", "no_match ANNM", "cannot_check OPTO", "unavailable response_timeout".
std::string described(const PayeeVerdict& verdict) {
  const auto code = [](terms::PayeeReason reason) {
    return std::string(terms::payee_reason_code(reason));
  };
  return std::visit(
      Overloaded{
          [](const PayeeMatched&) { return std::string("matched"); },
          [&](const PayeeCloseMatch& close) {
            return "close_match " + code(close.reason) + (close.name.empty() ? "" : " ") +
                   close.name;
          },
          [&](const PayeeNoMatch& none) { return "no_match " + code(none.reason); },
          [&](const PayeeCannotCheck& unchecked) {
            return "cannot_check " + code(unchecked.reason);
          },
          [](const PayeeUnavailable& failed) { return "unavailable " + failed.error.reason; }},
      verdict);
}

class ConfirmationOfPayeeTest : public testing::Test {
 protected:
  std::string verify() {
    std::string heard;
    int answers = 0;
    verifier_.verify(question_, [&](const PayeeVerdict& verdict) {
      heard = described(verdict);
      ++answers;
    });
    EXPECT_EQ(answers, 1);
    return heard;
  }
  std::string verify(const std::string& report) {
    responder_.on_signed(std::string(kCall), 200,
                         fmt::format(R"({{"Data":{{"VerificationReport":{}}}}})", report));
    return verify();
  }

  ManualClock clock_{ManualHost::kStart};
  ScriptedBank responder_{clock_};
  SeededEntropy entropy_{1};
  ConfirmationOfPayee verifier_{open_banking_uk::test_options(),
                                {responder_, *open_banking_uk::our_key().signer, clock_, entropy_}};
  PayeeQuestion question_{.identification = "20451410000001",
                          .name = "Fern \"&\" Sons",
                          .account_type = PayeeAccountType::Personal};
};

TEST_F(ConfirmationOfPayeeTest, AsksWithATokenOfItsOwnScopeAndSigns) {
  question_.secondary_reference = "ROLL/7";
  EXPECT_EQ(verify(R"({"Matched":true})"), "matched");
  for (const net::ClientRequest& request : responder_.requests) {
    if (request.url.ends_with("/token")) {
      EXPECT_THAT(request.body, HasSubstr("scope=name-verification"));
    }
  }
  const auto asked = std::ranges::find_if(responder_.requests, [](const auto& request) {
    return request.url.ends_with("/name-verification");
  });
  ASSERT_NE(asked, responder_.requests.end());
  EXPECT_EQ(asked->headers.find("Authorization"), "Bearer client-token");
  EXPECT_TRUE(asked->headers.find("x-fapi-interaction-id"));
  const auto keys =
      *jose::KeySet::parse(fmt::format(R"({{"keys":[{}]}})", open_banking_uk::our_key().jwk));
  EXPECT_TRUE(
      jose::verify_detached(*asked->headers.find("x-jws-signature"), asked->body, keys,
                            {"http://openbanking.org.uk/iat", "http://openbanking.org.uk/iss",
                             "http://openbanking.org.uk/tan"}));
  EXPECT_EQ(asked->body,
            R"({"Data":{"SchemeName":"SortCodeAccountNumber","AccountType":"Personal",)"
            R"("Identification":"20451410000001","Name":"Fern \"&\" Sons",)"
            R"("SecondaryIdentification":"ROLL/7"}})");
  question_.account_type = PayeeAccountType::Business;
  question_.secondary_reference.clear();
  EXPECT_EQ(request_body(question_),
            R"({"Data":{"SchemeName":"SortCodeAccountNumber","AccountType":"Business",)"
            R"("Identification":"20451410000001","Name":"Fern \"&\" Sons"}})");
}

TEST_F(ConfirmationOfPayeeTest, EveryReasonOfTheScheme) {
  struct Case {
    std::string_view code;
    PayeeAccountType asked;
    std::string_view verdict;
  };
  using enum PayeeAccountType;
  for (const Case& one : std::initializer_list<Case>{
           {"ANNM", Personal, "no_match ANNM"},
           {"MBAM", Business, "close_match MBAM Fern & Sons Ltd"},
           {"BAMM", Personal, "close_match BAMM Fern & Sons Ltd"},
           {"PAMM", Business, "close_match PAMM Fern & Sons Ltd"},
           {"BANM", Personal, "close_match BANM"},
           {"PANM", Business, "close_match PANM"},
           {"AC01", Personal, "no_match AC01"},
           {"IVCR", Personal, "no_match IVCR"},
           {"ACNS", Personal, "cannot_check ACNS"},
           {"OPTO", Personal, "cannot_check OPTO"},
           {"CASS", Personal, "cannot_check CASS"},
           {"SCNS", Personal, "cannot_check SCNS"},
       }) {
    question_.account_type = one.asked;
    // A name that is told where none is owed goes no further.
    EXPECT_EQ(verify(fmt::format(
                  R"({{"Matched":false,"ReasonCode":"{}","Name":"Fern & Sons Ltd"}})", one.code)),
              one.verdict);
  }
}

TEST_F(ConfirmationOfPayeeTest, WhatLiesOrIsMalformedIsNeverAMatch) {
  const std::vector<std::pair<std::string, std::string_view>> cases{
      {R"({})", "report_unreadable"},
      {R"([])", "report_unreadable"},
      {R"("Matched")", "report_unreadable"},
      {R"({"Matched":"true"})", "report_unreadable"},
      {R"({"Matched":1})", "report_unreadable"},
      {R"({"Matched":null})", "report_unreadable"},
      {R"({"matched":true})", "report_unreadable"},
      {R"({"Matched":true,"ReasonCode":7})", "report_unreadable"},
      {R"({"Matched":true,"Name":["x"]})", "report_unreadable"},
      {R"({"Matched":false})", "report_unreadable"},
      {R"({"Matched":false,"ReasonCode":null})", "report_unreadable"},
      {R"({"Matched":true,"ReasonCode":"ANNM"})", "report_contradictory"},
      {R"({"Matched":true,"ReasonCode":"ZZZZ"})", "report_contradictory"},
      {R"({"Matched":true,"Name":"Somebody Else"})", "report_contradictory"},
      {R"({"Matched":false,"ReasonCode":"PANM"})", "report_contradictory"},
      {R"({"Matched":false,"ReasonCode":"PAMM","Name":"Fern"})", "report_contradictory"},
      {R"({"Matched":false,"ReasonCode":"mbam","Name":"Fern"})", "report_reason_unknown"},
      {R"({"Matched":false,"ReasonCode":"ZZZZ"})", "report_reason_unknown"},
      {R"({"Matched":false,"ReasonCode":"MBAM"})", "report_name_missing"},
      {R"({"Matched":false,"ReasonCode":"MBAM","Name":""})", "report_name_missing"},
      {fmt::format(R"({{"Matched":false,"ReasonCode":"MBAM","Name":"{}"}})", std::string(561, 'x')),
       "report_name_too_long"},
  };
  for (const auto& [report, reason] : cases) {
    EXPECT_EQ(verify(report), fmt::format("unavailable {}", reason)) << report;
  }
  EXPECT_EQ(verify(R"({"Matched":true,"ReasonCode":null,"Name":null})"), "matched");
  EXPECT_EQ(verify(R"({"Matched":true,"Name":"Fern \"&\" Sons"})"), "matched");
  // Twice the same member would be two answers.
  EXPECT_EQ(verify(R"({"Matched":true,"Matched":false})"), "unavailable report_unreadable");
}

TEST_F(ConfirmationOfPayeeTest, AnswersThatAreNone) {
  for (const auto& [status, reason] :
       std::initializer_list<std::pair<int, std::string_view>>{{204, "responder_refused"},
                                                               {400, "responder_refused"},
                                                               {401, "responder_refused"},
                                                               {404, "responder_refused"},
                                                               {429, "responder_busy"},
                                                               {500, "responder_failed"},
                                                               {503, "responder_failed"}}) {
    responder_.on_signed(std::string(kCall), status,
                         R"({"Data":{"VerificationReport":{"Matched":true}}})");
    EXPECT_EQ(verify(), fmt::format("unavailable {}", reason)) << status;
  }
  for (const std::string body : {"", "<html>", "{", "true", R"({"Data":true})", R"({"Data":[]})"}) {
    responder_.on_signed(std::string(kCall), 200, body);
    EXPECT_EQ(verify(), "unavailable report_unreadable") << body;
  }
}

TEST_F(ConfirmationOfPayeeTest, UnsignedAndForgedAnswers) {
  const std::string yes = R"({"Data":{"VerificationReport":{"Matched":true}}})";
  responder_.on(std::string(kCall), [&](const auto&) { return net::HttpResponse{.body = yes}; });
  EXPECT_EQ(verify(), "unavailable signature_missing");
  responder_.on(std::string(kCall), [&](const auto&) {
    net::HttpResponse forged{.body = yes};
    forged.headers.add(
        "x-jws-signature",
        open_banking_uk::bank_signature(R"({"Data":{"VerificationReport":{}}})", clock_.now()));
    return forged;
  });
  EXPECT_EQ(verify(), "unavailable signature_invalid");
  responder_.on(std::string(kCall), [&](const auto&) {
    net::HttpResponse other{.body = yes};
    other.headers.add("x-jws-signature",
                      open_banking_uk::bank_signature(yes, clock_.now(), "another-org"));
    return other;
  });
  EXPECT_EQ(verify(), "unavailable signature_issuer");
}

TEST_F(ConfirmationOfPayeeTest, SilenceAndATokenThatIsRefused) {
  responder_.on(std::string(kCall), [](const auto&) -> Result<net::HttpResponse> {
    return fail(ErrorCode::OutcomeUnknown, "response_timeout", "No answer in time.");
  });
  EXPECT_EQ(verify(), "unavailable response_timeout");
  // A token that the responder no longer takes is fetched anew, once.
  int asked = 0;
  responder_.on(std::string(kCall), [&](const auto&) {
    if (++asked == 1) return net::HttpResponse{.status = 401};
    return responder_.signed_answer(200, R"({"Data":{"VerificationReport":{"Matched":true}}})");
  });
  EXPECT_EQ(verify(), "matched");
  EXPECT_EQ(responder_.count("POST /token"), 2u);
  responder_.on("POST /token", [](const auto&) {
    return net::HttpResponse{.status = 400, .body = R"({"error":"invalid_scope"})"};
  });
  clock_.pass(std::chrono::hours(1));
  EXPECT_EQ(verify(), "unavailable invalid_scope");
}

}  // namespace
}  // namespace remit::rails::confirmation_of_payee
