#include "lab/bank/client_authentication.h"

#include "lab/bank/jws.h"

#include <algorithm>

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

const RegisteredClient* find_client(const std::vector<RegisteredClient>& clients,
                                    std::string_view client_id) {
  const auto found = std::ranges::find(clients, client_id, &RegisteredClient::client_id);
  return found == clients.end() ? nullptr : &*found;
}

OauthAnswer<const RegisteredClient*> ClientAuthentication::authenticate(
    const Form& form, const std::string& certificate_thumbprint, Timestamp now) {
  const auto assertion = form.find("client_assertion");
  if (form.find("client_assertion_type") != kAssertionType || !assertion) {
    return invalid_client("Authenticate with private_key_jwt.");
  }
  const auto jws = parse_compact_jws(*assertion);
  const auto unverified = jws ? parse_json_object(jws->payload) : std::unexpected(jws.error());
  if (!unverified) return invalid_client("client_assertion is not a JWT.");
  const RegisteredClient* client =
      find_client(clients_, find_text(*unverified, "iss").value_or(""));
  if (client == nullptr) return invalid_client("iss names no client of this bank.");
  if (form.find("client_id").value_or(client->client_id) != client->client_id) {
    return invalid_client("client_id is another client's.");
  }
  if (certificate_thumbprint != client->certificate_thumbprint) {
    return invalid_client("The certificate on the connection is not this client's.");
  }
  const auto claims = verify_jwt(*assertion, client->signing_keys, SignatureAlgorithm::Ps256);
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
