#include "kit/base/hash.h"
#include "lab/bank/authorisation_api.h"
#include "lab/bank/jws.h"

/// The half of AuthorisationApi that clients call: discovery, keys and tokens.
namespace remit::lab::bank {
namespace {

constexpr auto kIdTokenLifetime = std::chrono::minutes(5);

Reply json_reply(int status, const json::object& document) {
  net::HttpResponse response;
  response.status = status;
  response.body = json::serialize(document);
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  return {std::move(response)};
}

}  // namespace

Reply AuthorisationApi::discovery() const {
  const std::string& issuer = parts_.options.issuer;
  const json::array algorithms{algorithm_name(parts_.options.algorithm)};
  json::array grants{"authorization_code", "client_credentials"};
  if (parts_.options.refresh_tokens != RefreshTokens::None) grants.emplace_back("refresh_token");
  return json_reply(
      200,
      {{"issuer", issuer},
       {"authorization_endpoint", issuer + "/authorize"},
       {"token_endpoint", issuer + "/token"},
       {"jwks_uri", issuer + "/jwks"},
       {"registration_endpoint", issuer + "/register"},
       {"response_types_supported", json::array{"code id_token"}},
       {"response_modes_supported", json::array{"fragment"}},
       {"grant_types_supported", grants},
       {"scopes_supported", json::array{"openid", "payments", "name-verification"}},
       {"subject_types_supported", json::array{"public"}},
       {"claims_supported", json::array{"sub", "acr", "openbanking_intent_id"}},
       {"acr_values_supported", json::array{"urn:openbanking:psd2:sca", "urn:openbanking:psd2:ca"}},
       {"token_endpoint_auth_methods_supported", json::array{"private_key_jwt", "tls_client_auth"}},
       {"token_endpoint_auth_signing_alg_values_supported", algorithms},
       {"id_token_signing_alg_values_supported", algorithms},
       {"request_object_signing_alg_values_supported", algorithms},
       {"code_challenge_methods_supported", json::array{"S256"}},
       {"claims_parameter_supported", true},
       {"request_parameter_supported", true},
       {"request_uri_parameter_supported", false},
       {"require_signed_request_object", true},
       {"tls_client_certificate_bound_access_tokens", true}});
}

Reply AuthorisationApi::keys() const {
  KeySet keys;
  keys.add(kid_, parts_.signing_key.public_key());
  json::object document = keys.to_jwks();
  if (parts_.quirks.has(Quirk::UnknownKeys)) {
    document["keys"].as_array().emplace_back(
        json::object{{"kty", "OKP"}, {"crv", "Ed448"}, {"kid", "future"}, {"x", "AA"}});
    document["keys"].as_array().emplace_back(json::object{{"kty", "AKP"}, {"kid", "quantum"}});
  }
  return json_reply(200, document);
}

Reply AuthorisationApi::token(const net::RoutedRequest& routed) {
  Fault fault = Fault::None;
  const auto granted = grant(routed.request, fault);
  if (fault == Fault::ServerErrorBefore || fault == Fault::ServerErrorAfter) return {{500, {}, {}}};
  if (fault == Fault::TooManyRequests) {
    Reply reply{{429, {}, {}}};
    reply.response.headers.set("Retry-After", "1");
    return reply;
  }
  Reply reply;
  if (granted) {
    reply = json_reply(200, *granted);
  } else {
    reply = json_reply(
        granted.error().code == "invalid_client" ? 401 : 400,
        {{"error", granted.error().code}, {"error_description", granted.error().description}});
  }
  reply.delivery = delivery_of(fault);
  return reply;
}

OauthAnswer<json::object> AuthorisationApi::grant(const net::HttpRequest& request, Fault& fault) {
  const std::string_view type = request.headers.find("Content-Type").value_or("");
  const auto form = Form::parse(request.body);
  if (!form || !type.starts_with("application/x-www-form-urlencoded")) {
    return oauth_error("invalid_request", "Send a form, each parameter once.");
  }
  const auto client = clients_.authenticate(*form, request.peer, parts_.clock.now());
  if (!client) return std::unexpected(client.error());
  fault = parts_.faults.draw(Call::Token, (*client)->client_id);
  if (fault == Fault::TimeoutBefore || fault == Fault::ServerErrorBefore ||
      fault == Fault::TooManyRequests) {
    return oauth_error("temporarily_unavailable", "Out of order.");
  }
  const std::string kind = form->find("grant_type").value_or("");
  if (kind == "client_credentials") return grant_client(**client, *form);
  if (kind == "authorization_code") return grant_code(**client, *form);
  if (kind == "refresh_token") return grant_refresh(**client, *form);
  return oauth_error("unsupported_grant_type",
                     "client_credentials, authorization_code or refresh_token.");
}

OauthAnswer<json::object> AuthorisationApi::grant_client(const RegisteredClient& client,
                                                         const Form& form) {
  const std::string scope = form.find("scope").value_or("payments");
  if (scope != "payments" && scope != "name-verification") {
    return oauth_error("invalid_scope", "payments or name-verification.");
  }
  std::string hash;
  return issue({client.client_id, client.certificate_thumbprint, scope, "", {}}, hash);
}

OauthAnswer<json::object> AuthorisationApi::grant_code(const RegisteredClient& client,
                                                       const Form& form) {
  const std::string code = form.find("code").value_or("");
  const auto details = parts_.access.use_code(code);
  if (!details || details->client_id != client.client_id) {
    return oauth_error("invalid_grant", "The code is unknown or was used.");
  }
  if (details->expires <= parts_.clock.now()) {
    return oauth_error("invalid_grant", "The code is too old.");
  }
  if (form.find("redirect_uri") != details->redirect_uri) {
    return oauth_error("invalid_grant", "redirect_uri differs from the authorisation request's.");
  }
  if (!details->code_challenge.empty()) {
    const std::string verifier = form.find("code_verifier").value_or("");
    if (to_base64url(view_of(sha256(as_bytes(verifier)))) != details->code_challenge) {
      return oauth_error("invalid_grant", "code_verifier does not fit code_challenge.");
    }
  }
  std::string hash;
  auto response = issue(
      {client.client_id, client.certificate_thumbprint, "openid payments", details->consent_id, {}},
      hash);
  if (!response) return response;
  parts_.access.note_token_of_code(code, hash);
  if (parts_.options.refresh_tokens != RefreshTokens::None) {
    (*response)["refresh_token"] =
        parts_.access.keep_refresh_token({client.client_id, details->consent_id});
  }
  (*response)["id_token"] =
      id_token(*details, {{"at_hash", half_hash(*find_text(*response, "access_token"))}});
  return response;
}

OauthAnswer<json::object> AuthorisationApi::grant_refresh(const RegisteredClient& client,
                                                          const Form& form) {
  const std::string secret = form.find("refresh_token").value_or("");
  const auto known = parts_.access.find_refresh_token(secret);
  if (!known || known->client_id != client.client_id) {
    return oauth_error("invalid_grant", "The refresh token is unknown or was used.");
  }
  std::string hash;
  auto response = issue(
      {client.client_id, client.certificate_thumbprint, "openid payments", known->consent_id, {}},
      hash);
  if (response && parts_.options.refresh_tokens == RefreshTokens::Rotated) {
    parts_.access.forget_refresh_token(secret);
    (*response)["refresh_token"] = parts_.access.keep_refresh_token(*known);
  }
  return response;
}

OauthAnswer<json::object> AuthorisationApi::issue(AccessToken token, std::string& hash) {
  const Timestamp now = parts_.clock.now();
  const std::string secret = parts_.access.make_secret();
  hash = Access::hash_of(secret);
  token.expires = now + parts_.options.access_token_lifetime;
  if (const auto logged = parts_.payments.log_token(hash, token); !logged) {
    return oauth_error("server_error", logged.error().message);
  }
  json::object response{
      {"access_token", secret},
      {"token_type", "Bearer"},
      {"expires_in",
       std::chrono::floor<std::chrono::seconds>(parts_.options.access_token_lifetime).count()},
      {"scope", token.scope}};
  const Quirks& quirks = parts_.quirks;
  if (quirks.has(Quirk::LowerCaseTokenType)) response["token_type"] = "bearer";
  if (quirks.has(Quirk::NoExpiresIn)) response.erase("expires_in");
  if (quirks.has(Quirk::NoScope)) response.erase("scope");
  parts_.access.keep_token(hash, std::move(token), now);
  return response;
}

std::string AuthorisationApi::id_token(const AuthorisationCode& details,
                                       json::object hashes) const {
  const Timestamp now = parts_.clock.now();
  json::object claims = std::move(hashes);
  claims["iss"] = parts_.options.issuer;
  claims["sub"] = details.consent_id;
  claims["aud"] = details.client_id;
  claims["iat"] = numeric_date(now);
  claims["exp"] = numeric_date(now + kIdTokenLifetime);
  claims["auth_time"] = numeric_date(now);
  claims["nonce"] = details.nonce;
  claims["acr"] = details.acr;
  claims["openbanking_intent_id"] = details.consent_id;
  const Quirks& quirks = parts_.quirks;
  if (quirks.has(Quirk::ExpiryAsText)) {
    claims["exp"] = fmt::to_string(numeric_date(now + kIdTokenLifetime));
  }
  if (quirks.has(Quirk::AudienceAsList)) claims["aud"] = json::array{details.client_id};
  if (quirks.has(Quirk::NoStateHash)) claims.erase("s_hash");
  if (quirks.has(Quirk::IntentPrefix)) {
    claims["openbanking_intent_id"] = "urn:model-bank:" + details.consent_id;
  }
  if (quirks.has(Quirk::NoIntentInTokenAnswer) && claims.contains("at_hash")) {
    claims.erase("openbanking_intent_id");
  }
  return sign_jwt(claims, parts_.signing_key, kid_);
}

}  // namespace remit::lab::bank
