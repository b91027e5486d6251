#include "pay/webhooks/signature.h"

#include "kit/base/ed25519.h"
#include "kit/base/hash.h"
#include "kit/base/planted.h"

#include <fmt/format.h>

namespace remit::webhooks {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::string_view kPublicKeyPrefix = "whpk_";
constexpr std::size_t kSecretBytes = 32;  // The standard has 24 to 64.

Result<Bytes> hmac_key(std::string_view secret) {
  std::optional<Bytes> key;
  if (secret.starts_with(kSecretPrefix)) {
    key = from_base64(secret.substr(kSecretPrefix.size()));
  }
  if (!key) {
    return fail(ErrorCode::InvalidArgument, "key_invalid",
                "That is no secret of Standard Webhooks: whsec_ and base64.");
  }
  return std::move(*key);
}

Result<std::string> signature(const OpenedKey& key, std::string_view signed_text) {
  if (key.scheme == SignatureScheme::Ed25519) {
    const Ed25519PrivateKey own = TRY(Ed25519PrivateKey::from_pem(key.secret));
    return "v1a," + to_base64(own.sign(as_bytes(signed_text)));
  }
  const Bytes secret = TRY(hmac_key(key.secret));
  return "v1," + to_base64(view_of(hmac_sha256(secret, as_bytes(signed_text))));
}

}  // namespace

std::string make_secret(SignatureScheme scheme, Entropy& entropy) {
  if (scheme == SignatureScheme::Ed25519) return Ed25519PrivateKey::make(entropy).to_pem();
  return std::string(kSecretPrefix) + to_base64(entropy.bytes(kSecretBytes));
}

Result<std::string> receivers_key(SignatureScheme scheme, const std::string& secret) {
  if (scheme == SignatureScheme::HmacSha256) {
    TRY(hmac_key(secret));
    return secret;
  }
  const Ed25519PrivateKey own = TRY(Ed25519PrivateKey::from_pem(secret));
  return std::string(kPublicKeyPrefix) + to_base64(own.public_key().encoded());
}

Result<net::Headers> sign(const std::vector<OpenedKey>& keys, std::string_view id, Timestamp at,
                          std::string_view body) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  if (planted(Bug::WebhookSignsOtherBytes)) body = "";
  const std::string signed_text = fmt::format("{}.{}.{}", id, seconds, body);
  std::string signatures;
  for (const OpenedKey& key : keys) {
    if (!signatures.empty()) signatures += ' ';
    signatures += TRY(signature(key, signed_text));
  }
  net::Headers headers;
  headers.add("webhook-id", std::string(id));
  headers.add("webhook-timestamp", std::to_string(seconds));
  headers.add("webhook-signature", std::move(signatures));
  return headers;
}

}  // namespace remit::webhooks
