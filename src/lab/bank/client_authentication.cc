#include "lab/bank/client_authentication.h"

#include "lab/bank/jws.h"

namespace remit::lab::bank {
namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::size_t kJtiCharactersMax = 256;
constexpr std::int64_t kLifetimeSecondsMax = 3600;

std::unexpected<OauthError> invalid_client(std::string_view description) {
  return oauth_error("invalid_client", description);
}

}  // namespace

OauthAnswer<const RegisteredClient*> ClientAuthentication::by_certificate(
    const Form& form, const net::Peer& peer) const {
  const RegisteredClient* client = clients_.find(form.find("client_id").value_or(""));
  if (client == nullptr || client->certificate_subject.empty()) {
    return invalid_client("Authenticate with private_key_jwt, or register for tls_client_auth.");
  }
  if (peer.certificate_subject != client->certificate_subject ||
      peer.certificate_thumbprint != client->certificate_thumbprint) {
    return invalid_client("The certificate on the connection is not this client's.");
  }
  return client;
}

OauthAnswer<const RegisteredClient*> ClientAuthentication::authenticate(const Form& form,
                                                                        const net::Peer& peer,
                                                                        Timestamp now) {
  const auto assertion = form.find("client_assertion");
  if (!assertion && !form.find("client_assertion_type")) return by_certificate(form, peer);
  if (form.find("client_assertion_type") != kAssertionType || !assertion) {
    return invalid_client("Authenticate with private_key_jwt.");
  }
  const auto jws = parse_compact_jws(*assertion);
  const auto unverified = jws ? parse_json_object(jws->payload) : std::unexpected(jws.error());
  if (!unverified) return invalid_client("client_assertion is not a JWT.");
  const RegisteredClient* client = clients_.find(find_text(*unverified, "iss").value_or(""));
  if (client == nullptr) return invalid_client("iss names no client of this bank.");
  if (form.find("client_id").value_or(client->client_id) != client->client_id) {
    return invalid_client("client_id is another client's.");
  }
  if (!client->certificate_subject.empty()) {
    return invalid_client("This client registered for tls_client_auth.");
  }
  if (peer.certificate_thumbprint != client->certificate_thumbprint) {
    return invalid_client("The certificate on the connection is not this client's.");
  }
  const auto claims = verify_jwt(*assertion, client->signing_keys, algorithm_);
  if (!claims) return invalid_client(claims.error().message);
  if (auto checked = check_claims(*claims, client->client_id, now); !checked) {
    return std::unexpected(checked.error());
  }
  return client;
}

OauthAnswer<void> ClientAuthentication::check_claims(const json::object& claims,
                                                     std::string_view client_id, Timestamp now) {
  const std::int64_t second = numeric_date(now);
  const std::int64_t skew = std::chrono::ceil<std::chrono::seconds>(skew_max_).count();
  if (find_text(claims, "sub") != client_id) return invalid_client("sub is not the client.");
  if (!audience_includes(claims, audiences_.front(), audiences_.back())) {
    return invalid_client("aud is neither the issuer nor the token endpoint.");
  }
  const auto expires = find_integer(claims, "exp");
  if (!expires || *expires <= second - skew) return invalid_client("exp is missing or past.");
  if (*expires > second + kLifetimeSecondsMax) return invalid_client("exp is too far ahead.");
  for (const std::string_view name : {"iat", "nbf"}) {
    if (!claims.contains(name)) continue;
    const auto moment = find_integer(claims, name);
    if (!moment || *moment > second + skew) return invalid_client("iat or nbf is not yet reached.");
  }
  const auto id = find_text(claims, "jti").value_or("");
  if (id.empty() || id.size() > kJtiCharactersMax) return invalid_client("jti is missing or long.");
  std::erase_if(seen_, [&](const auto& item) { return item.second < second - skew; });
  if (!seen_.emplace(fmt::format("{} {}", client_id, id), *expires).second) {
    return invalid_client("jti was used before.");
  }
  return {};
}

}  // namespace remit::lab::bank
