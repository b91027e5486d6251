#pragma once

#include "kit/base/codec/json_document.h"
#include "kit/base/result.h"
#include "kit/net/jose/key_set.h"
#include "kit/net/jose/signer.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::jose {

/// Bytes of a compact JWS that are looked at; a longer one is refused unread.
inline constexpr std::size_t kJwsBytesMax = 64 * 1024;

/// A member of a JSON object and its value as JSON text: {"iss", "\"bank\""}. Order is kept.
struct Member {
  std::string name;
  std::string json;
};
/// `text` as a JSON string.
std::string json_string(std::string_view text);

/// How a payload enters the signature when it is not carried along.
enum class PayloadEncoding : std::uint8_t {
  Base64Url,  ///< RFC 7515 appendix F: Read/Write API since 3.1.4.
  Raw,        ///< RFC 7797, `b64` false and critical: what some banks still want.
};

/// A JWS in compact form with `alg`, `kid` and the members given as its header.
Result<std::string> sign_compact(Signer& signer, const std::vector<Member>& header,
                                 std::string_view payload);
/// A JWT (RFC 7519) of these claims.
Result<std::string> sign_jwt(Signer& signer, const std::vector<Member>& claims);
/// `header..signature`. `critical` lists the members of the header that a verifier must understand; with Raw, `b64` is added
/// to both.
Result<std::string> sign_detached(Signer& signer, std::vector<Member> header,
                                  std::vector<std::string> critical, std::string_view payload,
                                  PayloadEncoding encoding);

/// What was signed, once the signature has been verified with the key that the header names. Its algorithm is the key's.
struct Verified {
  codec::JsonDocument header;
  std::string payload;
};

/// Of a compact JWS. Fails with Unauthenticated: `jws_malformed`, `jws_unsigned` (alg none, or no alg), `jws_symmetric` (HS256
/// and the like), `jws_algorithm` (another one than the key's), `jws_key_unknown`, `jws_critical` (it must be understood and
/// is not), or `jws_signature`. `understood` are the critical members that the caller checks.
Result<Verified> verify_compact(std::string_view token, const KeySet& keys,
                                const std::vector<std::string>& understood = {});
/// Of a detached one over `payload`. `understood` are the critical members that the caller checks. Both payload encodings
/// are taken, as the header says.
Result<Verified> verify_detached(std::string_view token, std::string_view payload,
                                 const KeySet& keys, const std::vector<std::string>& understood);
/// The `kid` of a JWS that is not verified yet, to fetch keys for. Empty when it has none or is malformed.
std::string unverified_key_id(std::string_view token);

}  // namespace remit::jose
