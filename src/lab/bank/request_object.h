#pragma once

#include "lab/bank/client_registry.h"
#include "lab/bank/oauth_error.h"
#include "lab/bank/url.h"

#include <string>

namespace remit::lab::bank {

/// What a client asks of the authorisation endpoint, from its signed request object.
struct AuthorisationRequest {
  const RegisteredClient* client = nullptr;
  std::string consent_id;
  std::string redirect_uri;
  std::string state;
  std::string nonce;
  std::string acr;             ///< What the id token will say.
  std::string code_challenge;  ///< Empty without PKCE.
};

/// A refused request: with a place to send the payer back to once that is known to be the client's,
/// else for the payer's eyes alone (RFC 6749 section 4.1.2.1).
struct RefusedAuthorisation {
  OauthError error;
  std::string redirect_uri;  ///< Empty: do not redirect.
  std::string state;
};

/// Reads and checks the request by the rules of FAPI 1 Advanced (section 5.2.2) and OpenID Connect
/// Core section 6.1: signed by the client with the `algorithm`, `aud` this bank, `exp` at most 60 minutes behind
/// `nbf`, `nbf` at most 60 minutes old, everything that matters inside, and no parameter outside
/// that says otherwise.
std::expected<AuthorisationRequest, RefusedAuthorisation> read_authorisation_request(
    const Form& query, const ClientRegistry& clients, std::string_view issuer, Timestamp now,
    Duration skew_max, SignatureAlgorithm algorithm);

}  // namespace remit::lab::bank
