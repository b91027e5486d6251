#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "lab/bank/keys.h"

#include <string>
#include <string_view>

namespace remit::lab::bank {

/// A JWS in compact form (RFC 7515 section 7.1), taken apart but not yet believed.
struct CompactJws {
  json::object header;
  std::string payload;
  std::string signing_input;
  Bytes signature;
};

/// Fails with InvalidArgument `jws_malformed`.
Result<CompactJws> parse_compact_jws(std::string_view text);
std::string sign_compact_jws(const json::object& header, std::string_view payload,
                             const PrivateKey& key, SignatureAlgorithm algorithm);

/// A JWT's claims once its signature has been verified with the key that its `kid` names. The one
/// algorithm is the caller's choice (RFC 8725 section 3.1); `crit` and unknown header members are
/// refused. Times and audience are the caller's to check. Fails with `jws_malformed`,
/// `jws_algorithm`, `jws_unknown_key` or `jws_signature`.
Result<json::object> verify_jwt(std::string_view text, const KeySet& keys,
                                SignatureAlgorithm algorithm);
/// A JWT signed by the key's algorithm.
std::string sign_jwt(const json::object& claims, const PrivateKey& key, std::string_view kid);

/// A JWT NumericDate (RFC 7519 section 2), in whole seconds.
std::int64_t numeric_date(Timestamp time);
/// True when the claim `aud` is, or contains, one of the two (RFC 7519 section 4.1.3).
bool audience_includes(const json::object& claims, std::string_view audience,
                       std::string_view other_audience);
/// The left half of SHA-256, base64url: `c_hash`, `s_hash`, `at_hash` (OpenID Connect Core 3.3.2.11).
std::string half_hash(std::string_view text);

}  // namespace remit::lab::bank
