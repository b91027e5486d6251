#pragma once

#include "kit/net/jose/jws.h"
#include "rails/open_banking_uk/options.h"
#include "rails/rail.h"

#include <string>
#include <string_view>

namespace remit::rails::open_banking_uk {

/// Where an id_token came from, which decides what it must be bound to.
enum class Channel : std::uint8_t {
  Front,  ///< With the code, through the payer's browser: needs s_hash and c_hash.
  Token,  ///< From the token endpoint: at_hash is checked where it is given.
};

/// What an id_token must agree with. All of it is needed; nothing is taken as "do not check".
struct Expected {
  std::string_view issuer;
  std::string_view client_id;
  std::string_view nonce;
  std::string_view consent_id;
  Quirks quirks;                                       ///< What the bank leaves out.
  jose::Algorithm algorithm = jose::Algorithm::Ps256;  ///< With which it signs.
  Channel channel = Channel::Front;
  std::string_view code;          ///< Front channel.
  std::string_view state;         ///< Front channel.
  std::string_view access_token;  ///< Token endpoint.
  Timestamp now;
};

/// The checks of FAPI 1 Advanced section 5.2.2 and OpenID Connect Core section 3.3.2.12, in that order. Comes back with the
/// `sub`, which must be the same in both id_tokens of one payment. Fails with PermissionDenied and one of: the reasons of
/// jose::verify_compact as `id_token_malformed`, `id_token_algorithm`, `id_token_key_unknown`, `id_token_critical` and
/// `id_token_signature`; `id_token_unreadable`, `id_token_issuer`, `id_token_audience`,
/// `id_token_authorised_party`, `id_token_expired`, `id_token_issued_at`, `id_token_nonce`, `id_token_state_hash`,
/// `id_token_code_hash`, `id_token_access_hash`, `id_token_intent`, `id_token_acr`, `id_token_subject`.
Result<std::string> check_id_token(std::string_view id_token, const jose::KeySet& keys,
                                   const Expected& expected);

/// The left half of SHA-256, base64url (OpenID Connect Core section 3.3.2.11).
std::string half_hash(std::string_view text);

}  // namespace remit::rails::open_banking_uk
