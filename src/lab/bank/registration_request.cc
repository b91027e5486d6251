#include "lab/bank/registration_request.h"

#include "lab/bank/jws.h"
#include "lab/bank/url.h"
#include "lab/bank/uuid.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace remit::lab::bank {
namespace {

constexpr std::int64_t kLifetimeSecondsMax = 3600;
constexpr std::size_t kRedirectUriMax = 256;
constexpr std::size_t kSubjectMax = 128;
constexpr std::string_view kPrivateKeyJwt = "private_key_jwt";
constexpr std::string_view kTlsClientAuth = "tls_client_auth";

std::unexpected<OauthError> invalid(std::string_view description) {
  return oauth_error("invalid_client_metadata", description);
}

bool all_among(const std::vector<std::string>& texts, std::initializer_list<std::string_view> of) {
  return std::ranges::all_of(
      texts, [&](const std::string& text) { return std::ranges::find(of, text) != of.end(); });
}

bool has(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

/// The statement is inside of what its keys sign, so it is read before it can be believed.
std::string unverified_statement(std::string_view token) {
  const auto jws = parse_compact_jws(token);
  const auto claims = jws ? parse_json_object(jws->payload) : std::unexpected(jws.error());
  return claims ? std::string(find_text(*claims, "software_statement").value_or(""))
                : std::string();
}

OauthAnswer<void> check_envelope(const json::object& claims, const SoftwareStatement& statement,
                                 const BankOptions& options, Timestamp now) {
  const std::int64_t second = numeric_date(now);
  const std::int64_t skew = std::chrono::ceil<std::chrono::seconds>(options.clock_skew_max).count();
  if (find_text(claims, "iss") != statement.software_id) return invalid("iss is not software_id.");
  if (!audience_includes(claims, options.issuer, options.organisation_id)) {
    return invalid("aud is not this bank.");
  }
  const auto issued = find_integer(claims, "iat");
  const auto expires = find_integer(claims, "exp");
  if (!issued || *issued > second + skew) return invalid("iat is missing or in the future.");
  if (!expires || *expires <= second - skew) return invalid("exp is missing or past.");
  if (*expires - *issued > kLifetimeSecondsMax) return invalid("exp is too far ahead.");
  if (!is_uuid(find_text(claims, "jti").value_or(""))) return invalid("jti is not a UUID.");
  return {};
}

OauthAnswer<void> check_redirect_uris(const json::object& claims,
                                      const SoftwareStatement& statement) {
  const std::vector<std::string> uris = texts_in(claims, "redirect_uris");
  const auto refused = [](std::string_view why) {
    return oauth_error("invalid_redirect_uri", why);
  };
  if (uris.empty()) return refused("redirect_uris is missing.");
  for (const std::string& uri : uris) {
    if (!uri.starts_with("https://") || uri.size() > kRedirectUriMax) {
      return refused("A redirect URI is not https, or too long.");
    }
    const std::string origin = origin_of(uri);
    if (origin == "https://localhost" || origin.starts_with("https://localhost:")) {
      return refused("A redirect URI names localhost.");
    }
    if (!has(statement.redirect_uris, uri)) {
      return refused("A redirect URI is not in the software statement.");
    }
  }
  return {};
}

OauthAnswer<void> check_authentication(const json::object& claims, const net::Peer& peer) {
  const auto method = find_text(claims, "token_endpoint_auth_method");
  const auto subject = find_text(claims, "tls_client_auth_subject_dn");
  if (method == kPrivateKeyJwt) {
    if (find_text(claims, "token_endpoint_auth_signing_alg") != "PS256") {
      return invalid("token_endpoint_auth_signing_alg must be PS256.");
    }
    if (subject) return invalid("tls_client_auth_subject_dn goes with tls_client_auth alone.");
    return {};
  }
  if (method != kTlsClientAuth) {
    return invalid("token_endpoint_auth_method must be private_key_jwt or tls_client_auth.");
  }
  if (!subject || subject->size() > kSubjectMax || *subject != peer.certificate_subject) {
    return invalid("tls_client_auth_subject_dn is not the subject of the certificate shown.");
  }
  return {};
}

OauthAnswer<void> check_metadata(const json::object& claims, const SoftwareStatement& statement) {
  const std::vector<std::string> grants = texts_in(claims, "grant_types");
  if (!has(grants, "authorization_code") || !has(grants, "client_credentials") ||
      !all_among(grants, {"authorization_code", "client_credentials", "refresh_token"})) {
    return invalid("grant_types must hold authorization_code and client_credentials.");
  }
  if (claims.contains("response_types") &&
      texts_in(claims, "response_types") != std::vector<std::string>{"code id_token"}) {
    return invalid("response_types must be code id_token.");
  }
  if (find_text(claims, "scope") != "openid payments") return invalid("scope: openid payments.");
  const auto type = find_text(claims, "application_type");
  if (type != "web" && type != "mobile") return invalid("application_type: web or mobile.");
  for (const std::string_view name :
       {"id_token_signed_response_alg", "request_object_signing_alg"}) {
    if (find_text(claims, name) != "PS256") return invalid(fmt::format("{} must be PS256.", name));
  }
  if (find_text(claims, "software_id").value_or(statement.software_id) != statement.software_id) {
    return invalid("software_id is not the statement's.");
  }
  return {};
}

}  // namespace

OauthAnswer<RegistrationRequest> read_registration_request(std::string_view token,
                                                           const net::Peer& peer,
                                                           const BankOptions& options,
                                                           Timestamp now) {
  RegistrationRequest request;
  auto statement = read_software_statement(unverified_statement(token), options.directory, now,
                                           options.clock_skew_max);
  if (!statement) return std::unexpected(statement.error());
  request.statement = *std::move(statement);
  const DirectorySoftware& software = *request.statement.software;
  if (peer.certificate_thumbprint.empty() ||
      peer.certificate_thumbprint != software.certificate_thumbprint) {
    return oauth_error("invalid_client", "The certificate shown is not this software's.");
  }
  auto claims = verify_jwt(token, software.signing_keys, SignatureAlgorithm::Ps256);
  if (!claims) return invalid(claims.error().message);
  for (const auto& checked :
       {check_envelope(*claims, request.statement, options, now),
        check_redirect_uris(*claims, request.statement), check_authentication(*claims, peer),
        check_metadata(*claims, request.statement)}) {
    if (!checked) return std::unexpected(checked.error());
  }
  request.id = std::string(*find_text(*claims, "jti"));
  std::ranges::transform(request.id, request.id.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  request.expires = *find_integer(*claims, "exp");
  request.claims = *std::move(claims);
  return request;
}

RegisteredClient client_of(const RegistrationRequest& request, const net::Peer& peer,
                           std::string client_id, Timestamp issued_at) {
  const SoftwareStatement& statement = request.statement;
  json::object metadata = request.claims;
  for (const std::string_view envelope : {"iss", "iat", "exp", "aud", "jti"}) {
    metadata.erase(envelope);
  }
  metadata["grant_types"] = json::array{"authorization_code", "client_credentials"};
  metadata["client_id"] = client_id;
  metadata["client_id_issued_at"] = numeric_date(issued_at);
  // The standard has the statement's own claims laid out beside them.
  for (const auto& [name, value] : statement.claims) {
    const bool of_software = name.starts_with("software_") || name.starts_with("org_");
    if (of_software && !metadata.contains(name)) metadata[name] = value;
  }
  return {
      .client_id = std::move(client_id),
      .name = std::string(find_text(statement.claims, "software_client_name").value_or("")),
      .signing_keys = statement.software->signing_keys,
      .redirect_uris = texts_in(request.claims, "redirect_uris"),
      .certificate_thumbprint = peer.certificate_thumbprint,
      .signature_issuer = fmt::format("{}/{}", statement.organisation_id, statement.software_id),
      .certificate_subject =
          std::string(find_text(request.claims, "tls_client_auth_subject_dn").value_or("")),
      .metadata = std::move(metadata)};
}

}  // namespace remit::lab::bank
