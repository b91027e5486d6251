#include "lab/bank/bank_world_test.h"

namespace remit::lab::bank {
namespace {

class RequestObjectTest : public BankWorld {
 protected:
  net::HttpResponse ask(const json::object& claims) {
    return call(*bare_client_, "GET", authorisation_url(claims));
  }
};

TEST_F(RequestObjectTest, TheShopLearnsWhatIsWrongOnceItsAddressIsBelieved) {
  const std::string consent_id = stage_consent();
  const std::int64_t now = numeric_date(clock_.now());
  const std::tuple<std::string, json::value, std::string_view> wrongs[] = {
      {"exp", now - 60, "invalid_request_object"},
      {"exp", now + 3700, "invalid_request_object"},
      {"nbf", now - 3700, "invalid_request_object"},
      {"nbf", nullptr, "invalid_request_object"},
      {"nonce", "", "invalid_request"},
      {"claims", json::object(), "invalid_request"},
      {"scope", "openid accounts", "invalid_request"},  // Not what stands outside.
      {"response_mode", "query", "invalid_request"},
      {"response_type", "code", "invalid_request"},
      {"code_challenge", "x", "invalid_request"},
  };
  for (const auto& [claim, value, error] : wrongs) {
    json::object claims = request_claims(consent_id);
    claims[claim] = value;
    const auto answer = ask(claims);
    EXPECT_EQ(answer.status, 302) << claim;
    EXPECT_EQ(fragment_of(answer).find("error"), error) << claim;
    EXPECT_EQ(fragment_of(answer).find("state"), "the state") << claim;
  }
  EXPECT_TRUE(fragment_of(ask(request_claims(consent_id))).find("code").has_value());
  EXPECT_EQ(fragment_of(ask(request_claims(consent_id))).find("error"), "invalid_request")
      << "the consent is authorised already";
  EXPECT_EQ(fragment_of(ask(request_claims("consent-unknown"))).find("error"), "invalid_request");
}

TEST_F(RequestObjectTest, NobodyIsSentToAnAddressThatIsNotBelieved) {
  const std::string consent_id = stage_consent();
  const std::pair<std::string, json::value> wrongs[] = {
      {"redirect_uri", "https://shop.example/back/"},
      {"aud", "https://elsewhere.example"},
      {"iss", "somebody"},
      {"client_id", "somebody"}};
  for (const auto& [claim, value] : wrongs) {
    json::object claims = request_claims(consent_id);
    claims[claim] = value;
    const auto answer = ask(claims);
    EXPECT_EQ(answer.status, 400) << claim;
    EXPECT_FALSE(answer.headers.find("Location").has_value()) << claim;
  }
  std::string url = authorisation_url(request_claims(consent_id));
  char& letter = url[url.size() - 20];
  letter = letter == 'A' ? 'B' : 'A';
  EXPECT_EQ(call(*bare_client_, "GET", url).status, 400) << "a changed signature";
}

TEST_F(RequestObjectTest, PkceIsHeldToItsWord) {
  // RFC 7636 appendix B.
  const std::string challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  json::object claims = request_claims(stage_consent());
  claims["code_challenge"] = challenge;
  claims["code_challenge_method"] = "S256";
  Form form;
  form.add("grant_type", "authorization_code");
  form.add("code", fragment_of(ask(claims)).find("code").value_or(""));
  form.add("redirect_uri", std::string(kRedirect));
  form.add("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  EXPECT_EQ(ask_token(form, assertion(), *client_).status, 200);

  claims = request_claims(stage_consent());
  claims["code_challenge"] = challenge;
  claims["code_challenge_method"] = "S256";
  const auto refused = exchange(fragment_of(ask(claims)).find("code").value_or(""));
  EXPECT_EQ(text_in(refused, "error"), "invalid_grant");
}

}  // namespace
}  // namespace remit::lab::bank
