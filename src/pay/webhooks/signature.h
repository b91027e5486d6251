#pragma once

#include "kit/base/bytes.h"
#include "kit/base/random.h"
#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/net/http.h"
#include "pay/webhooks/endpoint.h"

#include <string>
#include <string_view>
#include <vector>

/// Standard Webhooks 1.0: what is signed is `id.timestamp.body`, and each key gives one signature of the header's list.
namespace remit::webhooks {

/// A secret to sign with: `whsec_` and base64 of 32 random bytes, or an Ed25519 private key in PEM.
std::string make_secret(SignatureScheme scheme, Entropy& entropy);

/// What the client gives its receiver: the secret itself, or `whpk_` and base64 of the public key's 32 bytes. Fails with
/// InvalidArgument `key_invalid` on what make_secret did not make.
Result<std::string> receivers_key(SignatureScheme scheme, const std::string& secret);

/// A key with its secret opened.
struct OpenedKey {
  SignatureScheme scheme = SignatureScheme::HmacSha256;
  std::string secret;
};

/// The fields `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`.
Result<net::Headers> sign(const std::vector<OpenedKey>& keys, std::string_view id, Timestamp at,
                          std::string_view body);

}  // namespace remit::webhooks
