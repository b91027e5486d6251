#pragma once

#include "kit/net/jose/jws.h"
#include "rails/open_banking_uk/options.h"
#include "rails/rail.h"

#include <string>
#include <string_view>

namespace remit::rails::open_banking_uk {

/// What the id_token of the front channel must agree with.
struct Expected {
  std::string_view issuer;
  std::string_view client_id;
  std::string_view nonce;
  std::string_view consent_id;
  std::string_view
      code;  ///< Empty for the id_token of the token endpoint, which needs no c_hash and s_hash.
  std::string_view state;
  Timestamp now;
};

/// The checks of FAPI 1 Advanced section 5.2.2 and OpenID Connect Core section 3.3.2.12, in that order. Fails with
/// PermissionDenied and one of: the reasons of jose::verify_compact, `id_token_unreadable`, `id_token_issuer`,
/// `id_token_audience`, `id_token_authorised_party`, `id_token_expired`, `id_token_issued_at`, `id_token_nonce`,
/// `id_token_state_hash`, `id_token_code_hash`, `id_token_intent`, `id_token_acr`.
Result<void> check_id_token(std::string_view id_token, const jose::KeySet& keys,
                            const Expected& expected);

/// The left half of SHA-256, base64url (OpenID Connect Core section 3.3.2.11).
std::string half_hash(std::string_view text);

}  // namespace remit::rails::open_banking_uk
