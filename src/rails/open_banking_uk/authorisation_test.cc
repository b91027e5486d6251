#include "rails/open_banking_uk/id_token.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"
#include "rails/open_banking_uk/scripted_bank_test.h"

#include <gmock/gmock.h>

/// Every answer of an authorisation server that must not be believed, and the reason that it gets.
namespace remit::rails::open_banking_uk {
namespace {

using Claims = std::map<std::string, std::string>;

class ExchangeTest : public testing::Test {
 protected:
  ExchangeTest() {
    Claims front = claims_;
    front["s_hash"] = jose::json_string(half_hash("state-1"));
    front["c_hash"] = jose::json_string(half_hash("code-1"));
    landing_.id_token = id_token_of(front);
  }

  static std::string id_token_of(const Claims& claims) {
    std::vector<jose::Member> members;
    for (const auto& [name, json] : claims) members.push_back({name, json});
    return *jose::sign_jwt(*bank_key().signer, members);
  }
  /// The id_token of the token endpoint with one claim changed.
  std::string id_token_with(const std::string& claim, const std::string& value) {
    Claims claims = claims_;
    claims[claim] = jose::json_string(value);
    return id_token_of(claims);
  }

  std::string exchange(const std::string& token_answer, int status = 200) {
    bank_.on("POST /token", [&](const auto&) {
      return net::HttpResponse{.status = status, .body = token_answer};
    });
    std::string reason = "not answered";
    rail_.exchange(landing_, [&](const Result<Authorisation>& granted) {
      reason = granted ? "granted " + granted->access_token : granted.error().reason;
      if (!granted) message_ = granted.error().message;
    });
    return reason;
  }
  std::string answer_with(const std::string& id_token) {
    return fmt::format(
        R"({{"access_token":"token-1","token_type":"Bearer","expires_in":300,"id_token":"{}"}})",
        id_token);
  }

  ManualClock clock_{ManualHost::kStart};
  ScriptedBank bank_{clock_};
  SeededEntropy entropy_{1};
  OpenBankingUkRail rail_{test_options(), {bank_, *our_key().signer, clock_, entropy_}};
  Claims claims_{{"iss", jose::json_string("https://bank")},
                 {"sub", jose::json_string("payer-1")},
                 {"aud", jose::json_string("client-1")},
                 {"exp", std::to_string(seconds_of(clock_.now()) + 300)},
                 {"iat", std::to_string(seconds_of(clock_.now()))},
                 {"nonce", jose::json_string("nonce-1")},
                 {"openbanking_intent_id", jose::json_string("consent-1")},
                 {"acr", jose::json_string("urn:openbanking:psd2:sca")}};
  Landing landing_{.consent_id = "consent-1",
                   .nonce = "nonce-1",
                   .state = "state-1",
                   .code = "code-1",
                   .id_token = {}};
  std::string message_;
};

TEST_F(ExchangeTest, AGoodAnswerGivesTheToken) {
  EXPECT_EQ(exchange(answer_with(id_token_of(claims_))), "granted token-1");
}

TEST_F(ExchangeTest, EveryLackOfATokenAnswerHasItsOwnReason) {
  const std::string id_token = id_token_of(claims_);
  const auto without = [&](std::string_view member) {
    std::string answer = answer_with(id_token);
    return answer.replace(answer.find(member), member.size(), R"("unknown":1)");
  };
  EXPECT_EQ(exchange(without(R"("access_token":"token-1")")), "token_missing");
  EXPECT_EQ(exchange(without(R"("expires_in":300)")), "token_expiry");
  EXPECT_EQ(exchange(without(fmt::format(R"("id_token":"{}")", id_token))),
            "token_without_id_token");
  std::string other_type = answer_with(id_token);
  other_type.replace(other_type.find("Bearer"), 6, "MAC");
  EXPECT_EQ(exchange(other_type), "token_type");
  EXPECT_EQ(exchange("<html>Fine</html>"), "token_unreadable");
  EXPECT_EQ(exchange("[]"), "token_missing");
  EXPECT_EQ(exchange("", 500), "token_endpoint_failed");
}

TEST_F(ExchangeTest, ARefusalIsInTheBanksWordWhenItIsAWord) {
  EXPECT_EQ(exchange(R"({"error":"invalid_grant"})", 400), "invalid_grant");
  EXPECT_EQ(exchange(R"({"error":"Call 0800 <b>now</b>"})", 400), "token_refused");
  EXPECT_EQ(exchange(fmt::format(R"({{"error":"{}"}})", std::string(41, 'a')), 400),
            "token_refused");
  EXPECT_EQ(
      exchange(R"({"error":"invalid_grant","error_description":"Not of 204514 12345678"})", 400),
      "invalid_grant");
  EXPECT_THAT(message_, testing::Not(testing::HasSubstr("12345678")));
}

TEST_F(ExchangeTest, TheSecondIdTokenIsCheckedLikeTheFirst) {
  const auto reason_with = [&](const std::string& claim, const std::string& value) {
    return exchange(answer_with(id_token_with(claim, value)));
  };
  EXPECT_EQ(reason_with("iss", "https://other"), "id_token_issuer");
  EXPECT_EQ(reason_with("aud", "client-2"), "id_token_audience");
  EXPECT_EQ(reason_with("nonce", "nonce-2"), "id_token_nonce");
  EXPECT_EQ(reason_with("openbanking_intent_id", "consent-2"), "id_token_intent");
  EXPECT_EQ(reason_with("at_hash", half_hash("token-2")), "id_token_access_hash");
  EXPECT_EQ(reason_with("sub", "payer-2"), "id_token_subject_differs");
  EXPECT_EQ(reason_with("sub", ""), "id_token_subject");
}

TEST_F(ExchangeTest, ACodeIsSpentOnlyAfterTheFirstIdTokenWasChecked) {
  landing_.code = "code-2";
  EXPECT_EQ(exchange(answer_with(id_token_of(claims_))), "id_token_code_hash");
  EXPECT_EQ(bank_.count("POST /token"), 0u);
}

TEST_F(ExchangeTest, ARefreshTokenIsKeptAndGivesANewToken) {
  std::string answer = answer_with(id_token_of(claims_));
  answer.insert(1, R"("refresh_token":"refresh-1",)");
  bank_.on("POST /token",
           [&](const auto&) { return net::HttpResponse{.status = 200, .body = answer}; });
  Authorisation first;
  rail_.exchange(landing_, [&](const Result<Authorisation>& granted) { first = granted.value(); });
  EXPECT_EQ(first.refresh_token, "refresh-1");

  std::string sent;
  answer = R"({"access_token":"token-2","token_type":"Bearer","expires_in":300})";
  bank_.on("POST /token", [&](const net::ClientRequest& request) {
    sent = request.body;
    return net::HttpResponse{.status = 200, .body = answer};
  });
  const auto refreshed = [&] {
    Result<Authorisation> said = fail(ErrorCode::Internal, "not answered", "");
    rail_.refresh(first.refresh_token,
                  [&](Result<Authorisation> renewed) { said = std::move(renewed); });
    return said;
  };
  const auto second = refreshed();
  ASSERT_TRUE(second) << second.error().describe();
  EXPECT_THAT(sent, testing::StartsWith("grant_type=refresh_token&refresh_token=refresh-1&"));
  EXPECT_EQ(second->access_token, "token-2");
  EXPECT_EQ(second->expires_at, clock_.now() + std::chrono::seconds(300));
  EXPECT_EQ(second->refresh_token, "refresh-1") << "the bank gave no other";
  answer.insert(1, R"("refresh_token":"refresh-2",)");
  EXPECT_EQ(refreshed()->refresh_token, "refresh-2");
  answer = R"({"access_token":"token-2","token_type":"Bearer"})";
  EXPECT_EQ(refreshed().error().reason, "token_expiry");
}

TEST_F(ExchangeTest, WithoutTheBanksKeysNothingIsDecided) {
  bank_.on("GET /jwks", [](const auto&) { return net::HttpResponse{.status = 503}; });
  EXPECT_EQ(exchange(answer_with(id_token_of(claims_))), "jwks_failed");
  EXPECT_EQ(bank_.count("POST /token"), 0u);
}

TEST_F(ExchangeTest, ACertificateThatNobodyTrustsIsToldApartFromABankThatIsDown) {
  for (const std::string reason : {"certificate_untrusted", "not_connected"}) {
    bank_.on("GET /.well-known/openid-configuration",
             [&](const auto&) -> Result<net::HttpResponse> {
               return fail(ErrorCode::Unavailable, reason, "No connection.");
             });
    EXPECT_EQ(exchange(""),
              reason == "not_connected" ? "discovery_failed" : "certificate_untrusted");
  }
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
