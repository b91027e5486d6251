#include "lab/bank/bank.h"

#include "lab/bank/bank_world_test.h"

namespace remit::lab::bank {
namespace {

using BankTest = BankWorld;

TEST_F(BankTest, PaysFromConsentToSettledMoney) {
  const std::string consent_id = stage_consent();
  const auto approval = call(*bare_client_, "GET", authorisation_url(request_claims(consent_id)));
  ASSERT_EQ(approval.status, 302) << approval.body;
  const Form fragment = fragment_of(approval);
  EXPECT_EQ(fragment.find("state"), "the state");

  // The id token, by the keys that the bank publishes.
  const auto discovery =
      call(*bare_client_, "GET", bank_->url() + "/.well-known/openid-configuration");
  EXPECT_EQ(text_in(discovery, "issuer"), bank_->url());
  const auto keys = KeySet::parse(call(*bare_client_, "GET", text_in(discovery, "jwks_uri")).body);
  ASSERT_TRUE(keys.has_value());
  const auto claims =
      verify_jwt(fragment.find("id_token").value_or(""), *keys, SignatureAlgorithm::Ps256);
  ASSERT_TRUE(claims.has_value()) << claims.error().describe();
  const std::string code = fragment.find("code").value_or("");
  EXPECT_EQ(find_text(*claims, "nonce"), "the nonce");
  EXPECT_EQ(find_text(*claims, "openbanking_intent_id"), consent_id);
  EXPECT_EQ(find_text(*claims, "c_hash"), half_hash(code));
  EXPECT_EQ(find_text(*claims, "s_hash"), half_hash("the state"));
  EXPECT_EQ(find_text(*claims, "acr"), "urn:openbanking:psd2:sca");

  const auto granted = exchange(code);
  ASSERT_EQ(granted.status, 200) << granted.body;
  const auto order_answer =
      post("/domestic-payments", text_in(granted, "access_token"), order(consent_id), "key-1");
  ASSERT_EQ(order_answer.status, 201) << order_answer.body;
  EXPECT_EQ(order_answer.headers.find("x-fapi-interaction-id"),
            "93bac548-d2de-4546-b106-880a5018460d");
  EXPECT_TRUE(verify_message(order_answer.headers.find("x-jws-signature"), order_answer.body, *keys,
                             {options_.organisation_id, options_.trust_anchor}, clock_.now(),
                             std::chrono::seconds(5))
                  .has_value());
  const json::object data = data_of(order_answer);
  EXPECT_EQ(find_text(data, "Status"), "RCVD");
  EXPECT_TRUE(data.contains("Refund"));
  const std::string payment_id(find_text(data, "DomesticPaymentId").value_or(""));

  const json::object line = line_with(payment_id, "ACSC");
  EXPECT_EQ(find_integer(line, "executions"), 1);
  EXPECT_EQ(find_integer(line, "amount_minor"), 1250);
  const std::string token = client_token();
  EXPECT_EQ(find_text(data_of(get("/domestic-payments/" + payment_id, token)), "Status"), "ACSC");
  EXPECT_EQ(get("/domestic-payments/" + payment_id + "/payment-details", token).status, 200);
  const auto consent = get("/domestic-payment-consents/" + consent_id, token);
  EXPECT_EQ(find_text(data_of(consent), "Status"), "COND");
  const json::object books = control("/sandbox/books?payments=none");
  EXPECT_EQ(books.at("executed_minor").at("GBP").as_int64(), 1250);
  EXPECT_EQ(books.at("credits_minor").at("08080021325698").as_int64(), 1250);
  EXPECT_FALSE(books.contains("payments"));
}

TEST_F(BankTest, AKeyGivesTheSameResourceAndNoOtherBody) {
  const std::string token = client_token();
  const auto first = post("/domestic-payment-consents", token, staged(), "a key");
  const auto again = post("/domestic-payment-consents", token, staged(), "a key");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(data_of(first), data_of(again));
  const auto other = post("/domestic-payment-consents", token, staged("13.00"), "a key");
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(error_code(other), "U006");

  const auto [consent_id, payer_token] = authorised();
  const auto paid = post("/domestic-payments", payer_token, order(consent_id), "pay key");
  const auto paid_again = post("/domestic-payments", payer_token, order(consent_id), "pay key");
  EXPECT_EQ(paid_again.status, 201);
  EXPECT_EQ(find_text(data_of(paid), "DomesticPaymentId"),
            find_text(data_of(paid_again), "DomesticPaymentId"));
  EXPECT_EQ(error_code(post("/domestic-payments", payer_token, order(consent_id), "another key")),
            "U009");
  EXPECT_EQ(control("/sandbox/books").at("payments").as_array().size(), 1u);
}

TEST_F(BankTest, ACodeIsGoodOnceAndItsTokenFallsWithASecondUse) {
  const std::string consent_id = stage_consent();
  const std::string code = authorise_consent(consent_id);
  const std::string token = text_in(exchange(code), "access_token");
  ASSERT_FALSE(token.empty());
  const auto second = exchange(code);
  EXPECT_EQ(second.status, 400);
  EXPECT_EQ(text_in(second, "error"), "invalid_grant");
  EXPECT_EQ(post("/domestic-payments", token, order(consent_id), "k").status, 401);
}

TEST_F(BankTest, ARefreshTokenGivesAnotherTokenForTheSameConsentAndIsRotatedWhereTheBankDoesThat) {
  const auto refresh = [&](const std::string& token) {
    Form form;
    form.add("grant_type", "refresh_token");
    form.add("refresh_token", token);
    return ask_token(form, assertion(), *client_);
  };
  for (const bool rotates : {false, true}) {
    options_.refresh_tokens = rotates ? RefreshTokens::Rotated : RefreshTokens::Kept;
    bank_.reset();
    start();
    const std::string consent_id = stage_consent();
    const std::string first = text_in(exchange(authorise_consent(consent_id)), "refresh_token");
    ASSERT_FALSE(first.empty());
    const auto renewed = refresh(first);
    EXPECT_EQ(text_in(renewed, "refresh_token").empty(), !rotates);
    EXPECT_EQ(
        post("/domestic-payments", text_in(renewed, "access_token"), order(consent_id), "k").status,
        201);
    EXPECT_EQ(refresh(first).status, rotates ? 400 : 200);
  }
  EXPECT_EQ(text_in(refresh("made up"), "error"), "invalid_grant");
}

TEST_F(BankTest, TheTokenEndpointRefusesWrongAssertionsAndCertificates) {
  Form form;
  form.add("grant_type", "client_credentials");
  const json::object used = assertion();
  EXPECT_EQ(ask_token(form, used, *client_).status, 200);
  EXPECT_EQ(text_in(ask_token(form, used, *client_), "error"), "invalid_client") << "a jti again";
  EXPECT_EQ(ask_token(form, assertion(), *bare_client_).status, 401) << "no certificate";
  const std::pair<std::string, json::value> wrongs[] = {
      {"sub", "somebody"}, {"aud", "https://elsewhere.example"}, {"exp", 1}, {"jti", nullptr}};
  for (const auto& [claim, value] : wrongs) {
    json::object claims = assertion();
    claims[claim] = value;
    EXPECT_EQ(text_in(ask_token(form, claims, *client_), "error"), "invalid_client") << claim;
  }
}

TEST_F(BankTest, ATokenIsWorthNothingWithoutItsCertificate) {
  const std::string url =
      fmt::format("{}{}/domestic-payment-consents/{}", bank_->url(), kPisp, stage_consent());
  const std::string token = client_token();
  EXPECT_EQ(call(*client_, "GET", url, headers_for(token)).status, 200);
  const auto bare = call(*bare_client_, "GET", url, headers_for(token));
  EXPECT_EQ(bare.status, 401);
  EXPECT_TRUE(bare.body.empty());
}

TEST_F(BankTest, RefusesMessagesThatAreNotSignedRight) {
  const std::string url = fmt::format("{}{}/domestic-payment-consents", bank_->url(), kPisp);
  const std::string body = json::serialize(staged());
  net::Headers headers = headers_for(client_token());
  headers.set("Content-Type", "application/json");
  EXPECT_EQ(error_code(call(*client_, "POST", url, headers, body)), "U007") << "no key";
  headers.set("x-idempotency-key", "k");
  const auto with = [&](const std::string& signature) {
    headers.set("x-jws-signature", signature);
    return error_code(call(*client_, "POST", url, headers, body));
  };
  EXPECT_EQ(error_code(call(*client_, "POST", url, headers, body)), "U019");
  EXPECT_EQ(with("no.jws"), "U018");
  const std::string& kid = sandbox_->tpp_signing_kid;
  EXPECT_EQ(with(sign_message(body + " ", *key_, kid, tpp(), clock_.now())), "U015");
  EXPECT_EQ(with(sign_message(body, *key_, "unknown", tpp(), clock_.now())), "U016");
  EXPECT_EQ(with(sign_message(body, *key_, kid, tpp(), clock_.now() + std::chrono::hours(1))),
            "U016");
  EXPECT_EQ(with(sign_message(body, *key_, kid, {"somebody", "openbanking.org.uk"}, clock_.now())),
            "U016");
}

TEST_F(BankTest, AnOrderMustRepeatItsConsent) {
  const auto [consent_id, token] = authorised();
  const auto answer = post("/domestic-payments", token, order(consent_id, "12.51"), "k");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(error_code(answer), "U008");
  EXPECT_TRUE(answer.body.contains("Data.Initiation.InstructedAmount.Amount"));
  EXPECT_TRUE(answer.headers.find("x-jws-signature").has_value());
  EXPECT_EQ(post("/domestic-payments", client_token(), order(consent_id), "k").status, 403);
}

TEST_F(BankTest, APayerCanRefuse) {
  ASSERT_EQ(set("/sandbox/payer", {{"refuse_per_mille", 1000}}).status, 200);
  const std::string consent_id = stage_consent();
  const auto answer = call(*bare_client_, "GET", authorisation_url(request_claims(consent_id)));
  EXPECT_EQ(fragment_of(answer).find("error"), "access_denied");
  EXPECT_EQ(fragment_of(answer).find("state"), "the state");
  EXPECT_FALSE(fragment_of(answer).find("code").has_value());
  const auto consent = get("/domestic-payment-consents/" + consent_id, client_token());
  EXPECT_EQ(find_text(data_of(consent), "Status"), "RJCT");
}

TEST_F(BankTest, APersonApprovesOnThePage) {
  ASSERT_EQ(set("/sandbox/payer", {{"automatic", false}}).status, 200);
  const std::string consent_id = stage_consent();
  const auto page = call(*bare_client_, "GET", authorisation_url(request_claims(consent_id)));
  ASSERT_EQ(page.status, 200);
  EXPECT_TRUE(page.body.contains("12.50 GBP")) << page.body;
  EXPECT_TRUE(page.body.contains("Shop Ltd"));
  constexpr std::string_view kBefore = "name=\"interaction\" value=\"";
  const std::size_t begin = page.body.find(kBefore) + kBefore.size();
  Form form;
  form.add("interaction", page.body.substr(begin, page.body.find('"', begin) - begin));
  form.add("account", "acc-000002");
  form.add("decision", "approve");
  const std::string action = bank_->url() + "/authorize/decision";
  const auto answer = call(*bare_client_, "POST", action, {}, form.encode());
  EXPECT_EQ(answer.status, 303);
  EXPECT_TRUE(fragment_of(answer).find("code").has_value());
  EXPECT_EQ(call(*bare_client_, "POST", action, {}, form.encode()).status, 400) << "twice";
}

}  // namespace
}  // namespace remit::lab::bank
