#include "rails/open_banking_uk/registration_request.h"

#include "kit/base/codec/json_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::rails::open_banking_uk {
namespace {

constexpr std::string_view kAlgorithm = "PS256";
constexpr std::string_view kResponseType = "code id_token";

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::unexpected<Error> refuse(std::string reason, std::string message) {
  return fail(ErrorCode::FailedPrecondition, std::move(reason), std::move(message));
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

Result<void> check_supported(const std::vector<std::string>& supported, std::string_view wanted,
                             std::string_view what) {
  if (supported.empty() || has(supported, wanted)) return {};
  return refuse(
      "registration_value_unsupported",
      fmt::format("The bank's discovery document lacks {} among its {}; it has {}. Ask the "
                  "bank, or see client_authentication.",
                  wanted, what, fmt::join(supported, ", ")));
}

Result<void> check_redirect_uri(const std::string& uri) {
  constexpr std::string_view kScheme = "https://";
  const std::string_view host = std::string_view(uri).substr(std::min(kScheme.size(), uri.size()));
  const std::string_view name = host.substr(0, host.find_first_of(":/"));
  if (uri.starts_with(kScheme) && name != "localhost") return {};
  return refuse("registration_redirect_uri_unfit",
                fmt::format("{} cannot be registered: banks take https, and no localhost. Correct "
                            "http.public_url.",
                            uri));
}

std::string json_list(const std::vector<std::string>& texts) {
  codec::JsonWriter json;
  json.begin_array();
  for (const std::string& text : texts) json.write_string(text);
  json.end_array();
  return json.take();
}

/// In upper case, as the standard's pattern of `jti` has it.
std::string make_request_id(Entropy& entropy) {
  Bytes bytes = entropy.bytes(16);
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  std::string text = to_hex(bytes);
  for (const std::size_t place : {8U, 13U, 18U, 23U}) text.insert(place, 1, '-');
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::vector<jose::Member> claims_of(const RegistrationTerms& terms, const std::string& client_id,
                                    const RegistrationRequest& request) {
  using jose::json_string;
  std::vector<jose::Member> claims{
      {"iss", json_string(terms.software_id)},
      {"iat", std::to_string(seconds(request.issued_at))},
      {"exp", std::to_string(seconds(request.expires_at))},
      {"aud", json_string(terms.audience)},
      {"jti", json_string(request.id)},
      {"redirect_uris", json_list({terms.redirect_uri})},
      {"token_endpoint_auth_method",
       json_string(authentication_method(terms.client_authentication))},
      {"grant_types", json_list(terms.grant_types)},
      {"response_types", json_list({std::string(kResponseType)})},
      {"software_id", json_string(terms.software_id)},
      {"scope", json_string(kRegistrationScope)},
      {"application_type", json_string("web")},
      {"id_token_signed_response_alg", json_string(kAlgorithm)},
      {"request_object_signing_alg", json_string(kAlgorithm)}};
  if (terms.client_authentication == ClientAuthentication::TlsClientAuth) {
    claims.push_back({"tls_client_auth_subject_dn", json_string(terms.certificate_subject)});
  } else {
    claims.push_back({"token_endpoint_auth_signing_alg", json_string(kAlgorithm)});
  }
  if (!client_id.empty()) claims.push_back({"client_id", json_string(client_id)});
  claims.push_back({"software_statement", json_string(terms.software_statement)});
  return claims;
}

}  // namespace

std::string_view authentication_method(ClientAuthentication authentication) {
  return authentication == ClientAuthentication::TlsClientAuth ? "tls_client_auth"
                                                               : "private_key_jwt";
}

Result<RegistrationTerms> terms_at(const Metadata& metadata, const Options& options,
                                   const SoftwareStatement& statement, std::string audience,
                                   std::string certificate_subject) {
  TRY(check_redirect_uri(options.redirect_uri));
  TRY(check_supported(metadata.client_authentications,
                      authentication_method(options.client_authentication),
                      "token_endpoint_auth_methods"));
  TRY(check_supported(metadata.response_types, kResponseType, "response_types"));
  TRY(check_supported(metadata.id_token_algorithms, kAlgorithm, "id_token algorithms"));
  TRY(check_supported(metadata.request_object_algorithms, kAlgorithm, "request object algorithms"));
  if (options.client_authentication == ClientAuthentication::TlsClientAuth &&
      certificate_subject.empty()) {
    return refuse("registration_subject_missing",
                  "tls_client_auth needs the transport certificate's subject, and it has none; see "
                  "tls_client_auth_subject_dn.");
  }
  std::vector<std::string> grants{"authorization_code", "client_credentials"};
  for (const std::string& grant : grants) {
    TRY(check_supported(metadata.grant_types, grant, "grant_types"));
  }
  if (metadata.grant_types.empty() || has(metadata.grant_types, "refresh_token")) {
    grants.emplace_back("refresh_token");
  }
  if (audience.empty()) audience = metadata.issuer;
  return RegistrationTerms{.audience = std::move(audience),
                           .redirect_uri = options.redirect_uri,
                           .client_authentication = options.client_authentication,
                           .certificate_subject = std::move(certificate_subject),
                           .grant_types = std::move(grants),
                           .software_id = statement.software_id,
                           .software_statement = statement.token,
                           .statement_redirect_uris = statement.redirect_uris};
}

Result<RegistrationRequest> make_registration_request(const RegistrationTerms& terms,
                                                      const std::string& client_id,
                                                      jose::Signer& signer, Entropy& entropy,
                                                      Timestamp now) {
  if (signer.algorithm() != jose::Algorithm::Ps256) {
    return refuse("registration_algorithm",
                  "The signing key is not RSA: the UK profile signs with PS256. Name another "
                  "signing_key.");
  }
  RegistrationRequest request{.id = make_request_id(entropy),
                              .issued_at = now,
                              .expires_at = now + kRegistrationRequestLifetime,
                              .claims = {},
                              .token = {}};
  const std::vector<jose::Member> claims = claims_of(terms, client_id, request);
  codec::JsonWriter json;
  json.begin_object();
  for (const jose::Member& claim : claims) {
    json.write_key(claim.name);
    json.write_raw(claim.json);
  }
  json.end_object();
  request.claims = json.take();
  request.token = TRY(jose::sign_jwt(signer, claims));
  return request;
}

}  // namespace remit::rails::open_banking_uk
