#include "rails/open_banking_uk/registration_answer.h"

#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/scripted_bank_test.h"

namespace remit::rails::open_banking_uk {
namespace {

using Members = std::map<std::string, std::string>;

constexpr std::string_view kEndpoint = "https://bank/register";

RegistrationTerms terms() {
  return {.audience = "https://bank",
          .redirect_uri = "https://shop/callback",
          .client_authentication = ClientAuthentication::PrivateKeyJwt,
          .certificate_subject = "CN=us",
          .grant_types = {"authorization_code", "client_credentials", "refresh_token"},
          .software_id = "software",
          .software_statement = "a.b.c",
          .statement_redirect_uris = {"https://shop/callback", "https://shop/other"}};
}

Members good_answer() {
  return {{"client_id", R"("client-9")"},
          {"client_id_issued_at", "1787218200"},
          {"redirect_uris", R"(["https://shop/callback"])"},
          {"token_endpoint_auth_method", R"("private_key_jwt")"},
          {"token_endpoint_auth_signing_alg", R"("PS256")"},
          {"grant_types", R"(["authorization_code","client_credentials","refresh_token"])"},
          {"response_types", R"(["code id_token"])"},
          {"software_id", R"("software")"},
          {"scope", R"("openid payments")"},
          {"software_statement", R"("a.b.c")"},
          {"application_type", R"("web")"},
          {"id_token_signed_response_alg", R"("PS256")"},
          {"request_object_signing_alg", R"("PS256")"},
          {"software_client_name", R"("Of the statement")"}};
}

net::HttpResponse response_of(const Members& members) {
  std::string body = "{";
  for (const auto& [name, json] : members) {
    body += fmt::format("{}\"{}\":{}", body.size() > 1 ? "," : "", name, json);
  }
  return {.status = 201, .body = body + "}"};
}

std::string reason_of(const Members& members, const RegistrationTerms& with = terms(),
                      std::string_view client_id = {}) {
  const auto read = read_registration(response_of(members), with, client_id, kEndpoint);
  if (!read) {
    EXPECT_EQ(read.error().code, ErrorCode::OutcomeUnknown);
    return read.error().reason;
  }
  if (!read->unfit) return "fit";
  EXPECT_EQ(read->unfit->code, ErrorCode::FailedPrecondition);
  return read->unfit->reason;
}
std::string reason_with(const std::string& member, const std::string& json,
                        const RegistrationTerms& with = terms()) {
  Members members = good_answer();
  members[member] = json;
  return reason_of(members, with);
}
std::string reason_without(const std::string& member) {
  Members members = good_answer();
  members.erase(member);
  return reason_of(members);
}

TEST(RegistrationAnswer, TheGoodOneIsFitAndSaysNothingMore) {
  const auto read = read_registration(response_of(good_answer()), terms(), {}, kEndpoint);
  ASSERT_TRUE(read) << read.error().describe();
  EXPECT_EQ(read->client_id, "client-9");
  EXPECT_TRUE(read->remarks.empty()) << read->remarks.front();
  EXPECT_FALSE(read->unfit);
}

TEST(RegistrationAnswer, EveryDefectIsRefusedForItsOwnReason) {
  const std::tuple<std::string, std::string, std::string> defects[] = {
      {"client_id", R"("")", "registration_client_id_missing"},
      {"client_id", "17", "registration_client_id_missing"},
      {"client_id", R"("a b")", "registration_client_id_unfit"},
      {"client_id", fmt::format("\"{}\"", std::string(257, 'a')), "registration_client_id_unfit"},
      {"redirect_uris", R"(["https://shop/other"])", "registration_redirect_uri_missing"},
      {"redirect_uris", R"(["https://shop/callback/"])", "registration_redirect_uri_missing"},
      {"redirect_uris", R"(["https://shop/callback","https://thief/"])",
       "registration_redirect_uri_foreign"},
      {"token_endpoint_auth_method", R"("client_secret_basic")", "registration_auth_method"},
      {"token_endpoint_auth_method", R"("tls_client_auth")", "registration_auth_method"},
      {"token_endpoint_auth_signing_alg", R"("RS256")", "registration_auth_algorithm"},
      {"id_token_signed_response_alg", R"("RS256")", "registration_id_token_algorithm"},
      {"id_token_signed_response_alg", R"("none")", "registration_id_token_algorithm"},
      {"id_token_encrypted_response_alg", R"("RSA-OAEP")", "registration_id_token_encrypted"},
      {"request_object_signing_alg", R"("none")", "registration_request_object_algorithm"},
      {"response_types", R"(["code"])", "registration_response_types"},
      {"grant_types", R"(["authorization_code"])", "registration_grant_types"},
      {"scope", R"("openid accounts")", "registration_scope"},
      {"scope", R"("payments")", "registration_scope"},
      {"application_type", R"("native")", "registration_application_type"},
      {"software_id", R"("another")", "registration_software_id"},
      {"software_statement", R"("x.y.z")", "registration_software_statement"},
      {"registration_client_uri", R"("https://elsewhere/register/client-9")",
       "registration_client_uri_foreign"},
      {"registration_client_uri", R"("http://bank/register/client-9")",
       "registration_client_uri_foreign"},
      {"registration_client_uri", R"("https://bank.elsewhere/register/client-9")",
       "registration_client_uri_foreign"}};
  for (const auto& [member, json, reason] : defects) {
    EXPECT_EQ(reason_with(member, json), reason) << member << " " << json;
  }
  EXPECT_EQ(reason_without("client_id"), "registration_client_id_missing");
  EXPECT_EQ(reason_without("redirect_uris"), "registration_redirect_uri_missing");
  EXPECT_EQ(reason_without("token_endpoint_auth_method"), "registration_auth_method");
  EXPECT_EQ(reason_of(good_answer(), terms(), "client-8"), "registration_client_id_differs");
  const auto unreadable =
      read_registration({.status = 201, .body = "<html>Welcome</html>"}, terms(), {}, kEndpoint);
  EXPECT_EQ(unreadable.error().reason, "registration_unreadable");
  EXPECT_EQ(unreadable.error().code, ErrorCode::OutcomeUnknown) << "it may have been made";
}

TEST(RegistrationAnswer, ASubjectIsOursWhereTheCertificateProvesUs) {
  RegistrationTerms by_certificate = terms();
  by_certificate.client_authentication = ClientAuthentication::TlsClientAuth;
  Members members = good_answer();
  members["token_endpoint_auth_method"] = R"("tls_client_auth")";
  members["tls_client_auth_subject_dn"] = R"("CN=us")";
  EXPECT_EQ(reason_of(members, by_certificate), "fit");
  members["tls_client_auth_subject_dn"] = R"("CN=them")";
  EXPECT_EQ(reason_of(members, by_certificate), "registration_subject");
}

TEST(RegistrationAnswer, WhatIsNarrowedOrLeftUnsaidIsRemarkedOn) {
  Members members = good_answer();
  for (const char* name : {"response_types", "application_type", "request_object_signing_alg"}) {
    members.erase(name);
  }
  members["grant_types"] = R"(["authorization_code","client_credentials"])";
  members["redirect_uris"] = R"(["https://shop/callback","https://shop/other"])";
  EXPECT_EQ(reason_of(members), "fit");
  const auto read = read_registration(response_of(members), terms(), {}, kEndpoint);
  EXPECT_EQ(read->remarks.size(), 4u);
  EXPECT_EQ(read->remarks.back(), "The bank does not grant refresh_token.");
}

TEST(RegistrationAnswer, SecretsAreApartFromWhatIsShown) {
  Members members = good_answer();
  members["client_secret"] = R"("secret-1")";
  members["registration_access_token"] = R"("secret-2")";
  members["registration_client_uri"] = R"("https://bank/register/client-9")";
  const auto read = read_registration(response_of(members), terms(), {}, kEndpoint);
  EXPECT_EQ(read->access_token, "secret-2");
  EXPECT_EQ(read->client_uri, "https://bank/register/client-9");
  EXPECT_EQ(read->metadata.find("secret-"), std::string::npos) << read->metadata;
  EXPECT_NE(read->metadata.find("Of the statement"), std::string::npos);
}

TEST(RegistrationAnswer, ARefusalSaysWhatIsKnownOfTheEffect) {
  const auto refusal = [](int status, std::string body) {
    const Error error = registration_refusal({.status = status, .body = std::move(body)});
    return std::pair(error.code, error.reason);
  };
  for (const std::string code : {"invalid_redirect_uri", "invalid_client_metadata",
                                 "invalid_software_statement", "unapproved_software_statement"}) {
    EXPECT_EQ(refusal(400, fmt::format(R"({{"error":"{}"}})", code)),
              std::pair(ErrorCode::FailedPrecondition, code));
  }
  EXPECT_EQ(refusal(400, R"({"error":"Call us"})"),
            std::pair(ErrorCode::FailedPrecondition, std::string("registration_refused")));
  EXPECT_EQ(refusal(401, ""),
            std::pair(ErrorCode::PermissionDenied, std::string("registration_unauthorised")));
  EXPECT_EQ(refusal(404, ""),
            std::pair(ErrorCode::Unsupported, std::string("registration_unsupported")));
  EXPECT_EQ(refusal(429, ""),
            std::pair(ErrorCode::Unavailable, std::string("registration_throttled")));
  for (const int status : {202, 204, 302, 303, 408, 500, 502, 503, 504}) {
    EXPECT_EQ(refusal(status, "{}"),
              std::pair(ErrorCode::OutcomeUnknown, std::string("registration_failed")));
  }
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
