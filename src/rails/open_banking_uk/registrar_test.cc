#include "rails/open_banking_uk/registrar.h"

#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/scripted_bank_test.h"

#include <gmock/gmock.h>

namespace remit::rails::open_banking_uk {
namespace {

constexpr std::string_view kDiscovery =
    R"({{"issuer":"https://bank","authorization_endpoint":"https://bank/authorize",)"
    R"("token_endpoint":"https://bank/token","jwks_uri":"https://bank/jwks"{}}})";

class RegistrarTest : public testing::Test {
 protected:
  RegistrarTest() {
    discovery(R"(,"registration_endpoint":"https://bank/register")");
    answer(made_);
  }
  void discovery(const std::string& more) {
    bank_.on("GET /.well-known/openid-configuration", [more](const auto&) {
      return net::HttpResponse{.body = fmt::format(fmt::runtime(kDiscovery), more)};
    });
  }
  void answer(const std::string& body, int status = 201) {
    once_.on("POST /register",
             [=](const auto&) { return net::HttpResponse{.status = status, .body = body}; });
  }
  Registrar& registrar() {
    registrar_.emplace(options_, settings_, Ports{bank_, *our_key().signer, clock_, entropy_},
                       once_);
    return *registrar_;
  }
  Result<PreparedRegistration> prepare() {
    const std::string token = *jose::sign_jwt(
        *bank_key().signer,
        {{"iat", std::to_string(seconds_of(clock_.now()))},
         {"org_id", R"("org")"},
         {"software_id", R"("software")"},
         {"software_redirect_uris", fmt::format(R"(["{}"])", options_.redirect_uri)}});
    Result<PreparedRegistration> said = fail(ErrorCode::Internal, "not answered", "");
    registrar().prepare(Registrar::Purpose::Send,
                        std::make_shared<const SoftwareStatement>(*read_software_statement(token)),
                        [&](Result<PreparedRegistration> prepared) { said = std::move(prepared); });
    return said;
  }
  static std::string said(const Result<Registration>& registration) {
    if (!registration) return registration.error().reason;
    return registration->unfit ? registration->unfit->reason : registration->client_id;
  }
  std::string create() {
    auto prepared = prepare();
    if (!prepared) return prepared.error().reason;
    std::string word = "not answered";
    registrar_->create(*std::move(prepared), [&](const auto& made) { word = said(made); });
    return word;
  }

  const std::string made_ = R"({"client_id":"client-9","redirect_uris":["https://shop/callback"],)"
                            R"("token_endpoint_auth_method":"private_key_jwt"})";
  ManualClock clock_{ManualHost::kStart};
  ScriptedBank bank_{clock_};
  ScriptedBank once_{clock_};
  SeededEntropy entropy_{1};
  Options options_ = [] {
    Options options = test_options();
    options.client_id.clear();
    return options;
  }();
  RegistrationSettings settings_;
  std::optional<Registrar> registrar_;
};

TEST_F(RegistrarTest, TheRequestIsASignedJwtOfTheStandardsClaims) {
  EXPECT_EQ(create(), "client-9");
  const net::ClientRequest& sent = once_.requests.at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "https://bank/register");
  EXPECT_EQ(sent.headers.find("Content-Type"), "application/jose");
  EXPECT_EQ(sent.headers.find("Authorization"), std::nullopt);
  const auto keys = *jose::KeySet::parse(fmt::format(R"({{"keys":[{}]}})", our_key().jwk));
  const auto verified = jose::verify_compact(sent.body, keys);
  ASSERT_TRUE(verified) << verified.error().describe();
  EXPECT_EQ(text(verified->header, {"alg"}), "PS256");
  const auto claims = *parse(verified->payload);
  std::vector<std::string> names;
  const codec::JsonNode* member = claims.root().first();
  for (std::uint32_t i = 0; i < claims.root().count; ++i, member = member->next()) {
    names.emplace_back(member->key);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"iss", "iat", "exp", "aud", "jti", "redirect_uris",
                                      "token_endpoint_auth_method", "grant_types", "response_types",
                                      "software_id", "scope", "application_type",
                                      "id_token_signed_response_alg", "request_object_signing_alg",
                                      "token_endpoint_auth_signing_alg", "software_statement"}));
  EXPECT_EQ(text(claims, {"iss"}), "software");
  EXPECT_EQ(text(claims, {"aud"}), "https://bank");
  EXPECT_EQ(*number(claims, {"iat"}), seconds_of(clock_.now()));
  EXPECT_EQ(*number(claims, {"exp"}), seconds_of(clock_.now()) + 300);
  EXPECT_EQ(texts(claims, {"redirect_uris"}), std::vector<std::string>{"https://shop/callback"});
  EXPECT_EQ(text(claims, {"token_endpoint_auth_method"}), "private_key_jwt");
  EXPECT_EQ(
      texts(claims, {"grant_types"}),
      (std::vector<std::string>{"authorization_code", "client_credentials", "refresh_token"}));
  EXPECT_EQ(texts(claims, {"response_types"}), std::vector<std::string>{"code id_token"});
  EXPECT_EQ(text(claims, {"scope"}), "openid payments");
  EXPECT_TRUE(read_software_statement(text(claims, {"software_statement"})));
  // ^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$
  const std::string id = text(claims, {"jti"});
  EXPECT_THAT(id,
              testing::MatchesRegex("[0-9A-F]*-[0-9A-F]*-4[0-9A-F]*-[89AB][0-9A-F]*-[0-9A-F]*"));
  EXPECT_EQ(id.size(), 36u);
  EXPECT_NE(prepare()->request.id, id) << "no two requests are the same";
}

TEST_F(RegistrarTest, SettingsAndQuirksReplaceWhatDiscoverySays) {
  settings_ = {.endpoint = "https://bank/other",
               .audience = "BankAtDirectory",
               .certificate_subject = "CN=us"};
  options_.client_authentication = ClientAuthentication::TlsClientAuth;
  options_.quirks.registration_as_jwt = true;
  EXPECT_EQ(create(), "registration_unsupported");
  const net::ClientRequest& sent = once_.requests.at(0);
  EXPECT_EQ(sent.url, "https://bank/other");
  EXPECT_EQ(sent.headers.find("Content-Type"), "application/jwt");
  const auto claims = *parse(prepare()->request.claims);
  EXPECT_EQ(text(claims, {"aud"}), "BankAtDirectory");
  EXPECT_EQ(text(claims, {"token_endpoint_auth_method"}), "tls_client_auth");
  EXPECT_EQ(text(claims, {"tls_client_auth_subject_dn"}), "CN=us");
  EXPECT_EQ(find(claims, {"token_endpoint_auth_signing_alg"}), nullptr);
}

TEST_F(RegistrarTest, WhatCannotWorkIsNotSent) {
  discovery("");
  EXPECT_EQ(create(), "registration_endpoint_missing");
  discovery(R"(,"registration_endpoint":"http://bank/register")");
  EXPECT_EQ(create(), "registration_endpoint_missing");
  const std::pair<std::string, std::string> lacks[] = {
      {"token_endpoint_auth_methods_supported", "tls_client_auth"},
      {"response_types_supported", "code"},
      {"grant_types_supported", "authorization_code"},
      {"id_token_signing_alg_values_supported", "RS256"},
      {"request_object_signing_alg_values_supported", "ES256"}};
  for (const auto& [name, only] : lacks) {
    discovery(
        fmt::format(R"(,"registration_endpoint":"https://bank/register","{}":["{}"])", name, only));
    EXPECT_EQ(create(), "registration_value_unsupported") << name;
  }
  discovery(R"(,"registration_endpoint":"https://bank/register")");
  for (const std::string uri :
       {"http://shop/callback", "https://localhost/callback", "https://localhost:8443/callback"}) {
    options_.redirect_uri = uri;
    EXPECT_EQ(create(), "registration_redirect_uri_unfit") << uri;
  }
  options_ = test_options();
  options_.client_authentication = ClientAuthentication::TlsClientAuth;
  EXPECT_EQ(create(), "registration_subject_missing");
  EXPECT_EQ(once_.calls.size(), 0u);
}

TEST_F(RegistrarTest, RefreshTokensAreAskedForWhereTheBankHasThem) {
  discovery(R"(,"registration_endpoint":"https://bank/register",)"
            R"("grant_types_supported":["authorization_code","client_credentials"])");
  EXPECT_EQ(texts(*parse(prepare()->request.claims), {"grant_types"}),
            (std::vector<std::string>{"authorization_code", "client_credentials"}));
}

TEST_F(RegistrarTest, ALostAnswerLeavesTheOutcomeUnknownAndIsNeverSentAgain) {
  for (const auto& [code, reason] : {std::pair(ErrorCode::OutcomeUnknown, "response_timeout"),
                                     std::pair(ErrorCode::Unavailable, "not_connected")}) {
    once_.calls.clear();
    once_.on("POST /register", [&](const auto&) -> Result<net::HttpResponse> {
      return fail(code, reason, "No answer.");
    });
    auto prepared = prepare();
    ErrorCode said = ErrorCode::Internal;
    registrar_->create(*std::move(prepared), [&](const auto& made) { said = made.error().code; });
    EXPECT_EQ(said, code);
    EXPECT_EQ(once_.calls.size(), 1u);
  }
}

TEST_F(RegistrarTest, ARegistrationIsReadChangedAndEndedWithATokenOfTheClient) {
  options_.client_id = "client 9";
  for (const std::string method : {"GET", "PUT", "DELETE"}) {
    bank_.on(method + " /register/client%209", [&, method](const auto&) {
      return net::HttpResponse{.status = method == "DELETE" ? 204 : 200, .body = made_};
    });
  }
  auto prepared = prepare();
  ASSERT_TRUE(prepared) << prepared.error().describe();
  std::string word;
  registrar_->read(*prepared, {}, [&](const auto& read) { word = said(read); });
  EXPECT_EQ(word, "registration_client_id_differs") << "another client than was asked for";
  registrar_->update(*prepared, {}, [&](const auto& changed) { word = said(changed); });
  EXPECT_EQ(word, "registration_client_id_differs");
  EXPECT_EQ(bank_.requests.back().body, prepared->request.token);
  EXPECT_EQ(text(*parse(prepared->request.claims), {"client_id"}), "client 9");
  bool removed = false;
  registrar_->remove({}, [&](const Result<void>& gone) { removed = gone.has_value(); });
  EXPECT_TRUE(removed);
  EXPECT_EQ(bank_.requests.back().headers.find("Authorization"), "Bearer client-token");
  EXPECT_EQ(bank_.count("POST /token"), 1u);
}

TEST_F(RegistrarTest, TheTokenAndTheUrlThatTheBankGaveComeFirst) {
  options_.client_id = "client-9";
  bank_.on("GET /clients/9",
           [&](const auto&) { return net::HttpResponse{.status = 200, .body = made_}; });
  auto prepared = prepare();
  std::string word;
  const RegistrationAccess access{.client_uri = "https://bank/clients/9",
                                  .access_token = "token-9"};
  registrar_->read(*prepared, access, [&](const auto& read) { word = said(read); });
  EXPECT_EQ(word, "client-9");
  EXPECT_EQ(bank_.requests.back().headers.find("Authorization"), "Bearer token-9");
  EXPECT_EQ(bank_.count("POST /token"), 0u);
  for (const auto& [status, reason] :
       {std::pair(401, "registration_unauthorised"), std::pair(404, "registration_unsupported"),
        std::pair(503, "registration_failed")}) {
    bank_.on("GET /clients/9",
             [status](const auto&) { return net::HttpResponse{.status = status}; });
    registrar_->read(*prepared, access, [&](const auto& read) {
      word = said(read);
      EXPECT_NE(read.error().code, ErrorCode::OutcomeUnknown) << "reading may be repeated";
    });
    EXPECT_EQ(word, reason);
  }
}

TEST_F(RegistrarTest, ACertificateProvesUsAtTheTokenEndpointWithoutAnAssertion) {
  options_.client_id = "client-9";
  options_.client_authentication = ClientAuthentication::TlsClientAuth;
  Bank bank(options_, Ports{bank_, *our_key().signer, clock_, entropy_});
  bank.client_token([](const auto& token) { EXPECT_TRUE(token); });
  EXPECT_EQ(bank_.requests.back().body,
            "grant_type=client_credentials&scope=payments&client_id=client-9");
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
