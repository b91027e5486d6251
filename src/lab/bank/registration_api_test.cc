#include "lab/bank/bank_world_test.h"

namespace remit::lab::bank {
namespace {

class RegistrationApiTest : public BankWorld {
 protected:
  void SetUp() override {
    BankWorld::SetUp();
    statement_ = as_text(*read_file(sandbox_->software_statement_file, 65536));
    statement_.pop_back();
  }

  /// Right in everything.
  json::object claims() {
    const std::int64_t now = numeric_date(clock_.now());
    return {
        {"iss", "sandboxTPP"},
        {"iat", now},
        {"exp", now + 300},
        {"aud", bank_->url()},
        {"jti", make_uuid(entropy_)},
        {"redirect_uris", json::array{kRedirect}},
        {"token_endpoint_auth_method", "private_key_jwt"},
        {"token_endpoint_auth_signing_alg", "PS256"},
        {"grant_types", json::array{"authorization_code", "client_credentials", "refresh_token"}},
        {"response_types", json::array{"code id_token"}},
        {"software_id", "sandboxTPP"},
        {"scope", "openid payments"},
        {"software_statement", statement_},
        {"application_type", "web"},
        {"id_token_signed_response_alg", "PS256"},
        {"request_object_signing_alg", "PS256"}};
  }
  net::HttpResponse send(std::string_view method, const std::string& path, const json::object& body,
                         const std::string& token = {}) {
    net::Headers headers;
    headers.set("Content-Type", "application/jose");
    if (!token.empty()) headers.set("Authorization", "Bearer " + token);
    return call(*client_, method, bank_->url() + path, headers,
                body.empty() ? "" : sign_jwt(body, *key_, sandbox_->tpp_signing_kid));
  }
  net::HttpResponse post(const json::object& body) { return send("POST", "/register", body); }
  std::string error_with(const std::string& claim, const json::value& value) {
    json::object body = claims();
    body[claim] = value;
    const auto answer = post(body);
    EXPECT_EQ(answer.status, 400) << claim << answer.body;
    return text_in(answer, "error");
  }
  std::string token_of(const std::string& client_id) {
    json::object claims = assertion();
    claims["iss"] = client_id;
    claims["sub"] = client_id;
    Form form;
    form.add("grant_type", "client_credentials");
    return text_in(ask_token(form, claims, *client_), "access_token");
  }

  std::string statement_;
};

TEST_F(RegistrationApiTest, ARegisteredClientIsKnownUntilItIsRemoved) {
  const auto made = post(claims());
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = text_in(made, "client_id");
  EXPECT_TRUE(is_uuid(id));
  EXPECT_EQ(text_in(made, "software_client_name"), "Remit") << "the statement is laid out";
  EXPECT_FALSE(parse_json_object(made.body)->contains("jti"));
  EXPECT_EQ(parse_json_object(made.body)->at("grant_types"),
            (json::array{"authorization_code", "client_credentials"}))
      << "narrowed to what the bank supports";
  const std::string token = token_of(id);
  EXPECT_EQ(send("GET", "/register/" + id, {}, token).body, made.body);

  json::object changed = claims();
  changed["client_id"] = id;
  changed["application_type"] = "mobile";
  EXPECT_EQ(text_in(send("PUT", "/register/" + id, changed, token), "application_type"), "mobile");
  EXPECT_EQ(send("DELETE", "/register/" + id, {}, token).status, 204);
  EXPECT_EQ(send("GET", "/register/" + id, {}, token).status, 401);
  EXPECT_EQ(token_of(id), "");
}

TEST_F(RegistrationApiTest, EveryWrongClaimIsRefusedInTheWordsOfTheRfc) {
  const std::int64_t now = numeric_date(clock_.now());
  const std::tuple<std::string, json::value, std::string_view> wrongs[] = {
      {"iss", "somebody", "invalid_client_metadata"},
      {"aud", "https://elsewhere.example", "invalid_client_metadata"},
      {"exp", now - 60, "invalid_client_metadata"},
      {"exp", now + 7200, "invalid_client_metadata"},
      {"iat", now + 60, "invalid_client_metadata"},
      {"jti", "1", "invalid_client_metadata"},
      {"redirect_uris", json::array{}, "invalid_redirect_uri"},
      {"redirect_uris", json::array{"https://other.example/back"}, "invalid_redirect_uri"},
      {"redirect_uris", json::array{"http://shop.example/back"}, "invalid_redirect_uri"},
      {"redirect_uris", json::array{"https://localhost/back"}, "invalid_redirect_uri"},
      {"token_endpoint_auth_method", "client_secret_basic", "invalid_client_metadata"},
      {"token_endpoint_auth_method", "tls_client_auth", "invalid_client_metadata"},
      {"token_endpoint_auth_signing_alg", "RS256", "invalid_client_metadata"},
      {"tls_client_auth_subject_dn", "CN=x", "invalid_client_metadata"},
      {"grant_types", json::array{"authorization_code"}, "invalid_client_metadata"},
      {"response_types", json::array{"code"}, "invalid_client_metadata"},
      {"scope", "openid accounts", "invalid_client_metadata"},
      {"application_type", "native", "invalid_client_metadata"},
      {"id_token_signed_response_alg", "RS256", "invalid_client_metadata"},
      {"request_object_signing_alg", "none", "invalid_client_metadata"},
      {"software_id", "another", "invalid_client_metadata"},
      {"software_statement", "a.b.c", "invalid_software_statement"},
      {"client_id", "mine", "invalid_client_metadata"}};
  for (const auto& [claim, value, error] : wrongs) {
    EXPECT_EQ(error_with(claim, value), error) << claim << " " << json::serialize(value);
  }
  // Everybody can write a statement; only the directory can sign one.
  const auto forged = parse_json_object(parse_compact_jws(statement_)->payload);
  EXPECT_EQ(error_with("software_statement",
                       json::value(sign_jwt(*forged, *key_, sandbox_->tpp_signing_kid))),
            "invalid_software_statement");
  const json::object twice = claims();
  EXPECT_EQ(post(twice).status, 201);
  EXPECT_EQ(text_in(post(twice), "error_description"), "jti was used before.");
}

TEST_F(RegistrationApiTest, OnlyTheSoftwaresOwnCertificateRegistersIt) {
  net::Headers headers;
  headers.set("Content-Type", "application/jose");
  const std::string body = sign_jwt(claims(), *key_, sandbox_->tpp_signing_kid);
  EXPECT_EQ(call(*bare_client_, "POST", bank_->url() + "/register", headers, body).status, 401);
  headers.set("Content-Type", "application/json");
  EXPECT_EQ(call(*client_, "POST", bank_->url() + "/register", headers, body).status, 415);
}

TEST_F(RegistrationApiTest, SoftwareThatTheDirectoryDoesNotVouchForIsNotApproved) {
  bank_.reset();
  options_.directory.software.clear();
  start();
  EXPECT_EQ(text_in(post(claims()), "error"), "unapproved_software_statement");
}

TEST_F(RegistrationApiTest, AClientMayProveItselfByItsCertificateAlone) {
  json::object body = claims();
  body["token_endpoint_auth_method"] = "tls_client_auth";
  body["tls_client_auth_subject_dn"] = "CN=sandbox-tpp transport,O=Remit Sandbox,C=GB";
  body.erase("token_endpoint_auth_signing_alg");
  const auto made = post(body);
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = text_in(made, "client_id");
  EXPECT_EQ(token_of(id), "") << "it did not register for private_key_jwt";
  const auto ask = [&](const std::string& client_id, net::HttpClient& client) {
    Form form;
    form.add("grant_type", "client_credentials");
    form.add("client_id", client_id);
    net::Headers headers;
    headers.set("Content-Type", "application/x-www-form-urlencoded");
    return call(client, "POST", bank_->url() + "/token", headers, form.encode()).status;
  };
  EXPECT_EQ(ask(id, *client_), 200);
  EXPECT_EQ(ask(id, *bare_client_), 401);
  EXPECT_EQ(ask(sandbox_->client_id, *client_), 401) << "that one signs";
}

TEST_F(RegistrationApiTest, ATokenOfTheRegistrationIsGoodForItAlone) {
  ASSERT_EQ(set("/sandbox/quirks", {{"quirks", json::array{"registration_tokens"}}}).status, 200);
  const auto made = post(claims());
  const std::string id = text_in(made, "client_id");
  const std::string token = text_in(made, "registration_access_token");
  EXPECT_EQ(text_in(made, "registration_client_uri"), bank_->url() + "/register/" + id);
  EXPECT_EQ(send("GET", "/register/" + id, {}, token_of(id)).status, 401);
  const auto read = send("GET", "/register/" + id, {}, token);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(text_in(read, "registration_access_token"), "");
  EXPECT_EQ(get("/domestic-payment-consents/c", token).status, 403);
  EXPECT_EQ(send("GET", "/register/" + sandbox_->client_id, {}, token).status, 401);
  EXPECT_EQ(send("GET", "/register/" + id, {}, token).status, 401)
      << "who asks for another's loses the token";
}

TEST_F(RegistrationApiTest, ABankMayGiveAnotherTokenWithEachRead) {
  ASSERT_EQ(set("/sandbox/quirks",
                {{"quirks", json::array{"registration_tokens", "renewed_registration_tokens"}}})
                .status,
            200);
  const auto made = post(claims());
  const std::string path = "/register/" + text_in(made, "client_id");
  const std::string first = text_in(made, "registration_access_token");
  const std::string second = text_in(send("GET", path, {}, first), "registration_access_token");
  EXPECT_NE(second, "");
  EXPECT_NE(second, first);
  EXPECT_EQ(send("GET", path, {}, first).status, 401) << "it is spent";
  EXPECT_EQ(send("DELETE", path, {}, second).status, 204);
}

TEST_F(RegistrationApiTest, FaultsComeBeforeAndBehindTheEffect) {
  const auto known = [&] { return control("/sandbox/clients").at("clients").as_array().size(); };
  fail_next("registration", "server_error_before");
  EXPECT_EQ(post(claims()).status, 500);
  fail_next("registration", "too_many_requests");
  EXPECT_EQ(post(claims()).status, 429);
  fail_next("registration", "timeout_before");
  EXPECT_EQ(post(claims()).status, 0);
  EXPECT_EQ(known(), 1U);
  fail_next("registration", "server_error_after");
  EXPECT_EQ(post(claims()).status, 500);
  fail_next("registration", "timeout_after");
  EXPECT_EQ(post(claims()).status, 0);
  EXPECT_EQ(known(), 3U);
  fail_next("registration", "weakened");
  EXPECT_EQ(text_in(post(claims()), "id_token_signed_response_alg"), "RS256");
  fail_next("registration", "narrowed");
  EXPECT_FALSE(parse_json_object(post(claims()).body)->contains("response_types"));
}

TEST_F(RegistrationApiTest, ClientsOutliveARestart) {
  bank_.reset();
  options_.log_file = fmt::format("{}/clients.log", directory_);
  std::filesystem::remove(options_.log_file);
  start();
  const std::string kept = text_in(post(claims()), "client_id");
  const std::string removed = text_in(post(claims()), "client_id");
  EXPECT_EQ(send("DELETE", "/register/" + removed, {}, token_of(removed)).status, 204);
  options_.port = bank_->port();
  bank_.reset();
  start();
  EXPECT_NE(token_of(kept), "");
  EXPECT_EQ(token_of(removed), "");
}

}  // namespace
}  // namespace remit::lab::bank
