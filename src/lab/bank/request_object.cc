#include "lab/bank/request_object.h"

#include "lab/bank/jws.h"

#include <algorithm>

namespace remit::lab::bank {
namespace {

using Refused = std::unexpected<RefusedAuthorisation>;

constexpr std::int64_t kHourSeconds = 3600;
constexpr std::string_view kStrongAuthentication = "urn:openbanking:psd2:sca";
constexpr std::string_view kAuthentication = "urn:openbanking:psd2:ca";
constexpr std::size_t kParameterCharactersMax = 2048;

Refused refused(std::string_view code, std::string_view description) {
  return Refused(RefusedAuthorisation{{std::string(code), std::string(description)}, {}, {}});
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

OauthAnswer<void> check_times(const json::object& claims, Timestamp now, Duration skew_max) {
  const std::int64_t second = numeric_date(now);
  const std::int64_t skew = std::chrono::ceil<std::chrono::seconds>(skew_max).count();
  const auto expires = find_integer(claims, "exp");
  const auto begins = find_integer(claims, "nbf");
  if (!expires || !begins) {
    return oauth_error("invalid_request_object", "exp and nbf must be there.");
  }
  if (*expires <= second - skew || *begins > second + skew) {
    return oauth_error("invalid_request_object", "It is past exp or before nbf.");
  }
  // Since exp is not past, this bounds the age of nbf as well.
  if (*expires - *begins > kHourSeconds) {
    return oauth_error("invalid_request_object", "exp is more than 60 minutes behind nbf.");
  }
  return {};
}

OauthAnswer<void> check_outside(const Form& query, const json::object& claims) {
  for (const std::string_view name :
       {"client_id", "response_type", "scope", "redirect_uri", "state", "nonce"}) {
    const auto outside = query.find(name);
    if (outside && find_text(claims, name) != *outside) {
      return oauth_error("invalid_request",
                         fmt::format("{} differs from the request object's.", name));
    }
  }
  return {};
}

/// `claims.id_token.openbanking_intent_id.value`, or the userinfo's.
std::string_view intent_of(const json::object& claims) {
  const json::object* asked = find_object(claims, "claims");
  if (asked == nullptr) return {};
  for (const std::string_view place : {"id_token", "userinfo"}) {
    const json::object* token = find_object(*asked, place);
    const json::object* intent =
        token == nullptr ? nullptr : find_object(*token, "openbanking_intent_id");
    if (intent != nullptr) return find_text(*intent, "value").value_or("");
  }
  return {};
}

std::string_view acr_of(const json::object& claims) {
  const json::object* asked = find_object(claims, "claims");
  const json::object* token = asked == nullptr ? nullptr : find_object(*asked, "id_token");
  const json::object* acr = token == nullptr ? nullptr : find_object(*token, "acr");
  const auto value = acr == nullptr ? std::nullopt : find_text(*acr, "value");
  return value == kAuthentication ? kAuthentication : kStrongAuthentication;
}

OauthAnswer<void> check_words(const json::object& claims) {
  const std::string_view scope = find_text(claims, "scope").value_or("");
  if (find_text(claims, "response_type") != "code id_token") {
    return oauth_error("unsupported_response_type", "Ask for code id_token.");
  }
  if (find_text(claims, "response_mode").value_or("fragment") != "fragment") {
    return oauth_error("invalid_request", "The answer comes in the fragment.");
  }
  if (!has_word(scope, "openid") || !has_word(scope, "payments")) {
    return oauth_error("invalid_scope", "Ask for openid payments.");
  }
  for (const std::string_view name : {"state", "nonce"}) {
    const std::string_view value = find_text(claims, name).value_or("");
    if (value.empty() || value.size() > kParameterCharactersMax) {
      return oauth_error("invalid_request", fmt::format("{} is missing or too long.", name));
    }
  }
  if (claims.contains("code_challenge") && find_text(claims, "code_challenge_method") != "S256") {
    return oauth_error("invalid_request", "code_challenge_method must be S256.");
  }
  if (intent_of(claims).empty()) {
    return oauth_error("invalid_request", "claims has no openbanking_intent_id.");
  }
  return {};
}

}  // namespace

std::expected<AuthorisationRequest, RefusedAuthorisation> read_authorisation_request(
    const Form& query, const ClientRegistry& clients, std::string_view issuer, Timestamp now,
    Duration skew_max, SignatureAlgorithm algorithm) {
  const RegisteredClient* client = clients.find(query.find("client_id").value_or(""));
  const auto object = query.find("request");
  if (client == nullptr) return refused("invalid_request", "client_id is not known here.");
  if (!object) return refused("invalid_request", "The request object is missing.");
  const auto claims = verify_jwt(*object, client->signing_keys, algorithm);
  if (!claims) return refused("invalid_request_object", claims.error().message);
  if (find_text(*claims, "iss") != client->client_id ||
      find_text(*claims, "client_id") != client->client_id) {
    return refused("invalid_request_object", "iss or client_id is not the client.");
  }
  if (!audience_includes(*claims, issuer, issuer)) {
    return refused("invalid_request_object", "aud is not this bank's issuer.");
  }
  const std::string redirect_uri(find_text(*claims, "redirect_uri").value_or(""));
  if (std::ranges::find(client->redirect_uris, redirect_uri) == client->redirect_uris.end()) {
    return refused("invalid_request", "redirect_uri is not registered.");
  }

  const std::string state(find_text(*claims, "state").value_or(""));
  for (const auto& checked :
       {check_times(*claims, now, skew_max), check_outside(query, *claims), check_words(*claims)}) {
    if (!checked) return Refused(RefusedAuthorisation{checked.error(), redirect_uri, state});
  }
  return AuthorisationRequest{client,
                              std::string(intent_of(*claims)),
                              redirect_uri,
                              state,
                              std::string(find_text(*claims, "nonce").value_or("")),
                              std::string(acr_of(*claims)),
                              std::string(find_text(*claims, "code_challenge").value_or(""))};
}

}  // namespace remit::lab::bank
