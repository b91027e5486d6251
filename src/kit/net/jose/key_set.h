#pragma once

#include "kit/base/bytes.h"
#include "kit/base/codec/json_document.h"
#include "kit/base/result.h"
#include "kit/net/jose/algorithm.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace remit::jose {

/// Keys that one set may hold; a longer one is refused.
inline constexpr std::size_t kKeysMax = 100;

/// A key that verifies: RSA of 2048 to 8192 bits (PS256), or P-256 (ES256). Cheap to copy.
class PublicKey {
 public:
  static Result<PublicKey> from_pem(std::string_view pem);
  /// From a JSON Web Key (RFC 7517): `kty` RSA with n and e, or EC with crv P-256, x and y. `use` must be sig and `alg` fit
  /// the key where they are given.
  static Result<PublicKey> from_jwk(const codec::JsonNode& jwk);

  Algorithm algorithm() const { return algorithm_; }
  bool verify(ByteView bytes, ByteView signature) const;

 private:
  PublicKey(std::shared_ptr<evp_pkey_st> key, Algorithm algorithm)
      : key_(std::move(key)), algorithm_(algorithm) {}
  static Result<PublicKey> adopt(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
  Algorithm algorithm_;
};

/// Somebody's public keys by `kid` (a JWKS, RFC 7517 section 5).
class KeySet {
 public:
  /// Keys of other kinds or uses, and those without a `kid`, are passed over, as the RFC asks. Fails with `jwks_malformed`,
  /// or `jwks_too_large`.
  static Result<KeySet> parse(std::string_view json);
  void add(std::string key_id, PublicKey key) {
    keys_.insert_or_assign(std::move(key_id), std::move(key));
  }
  /// nullptr when there is none.
  const PublicKey* find(std::string_view key_id) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, PublicKey, std::less<>> keys_;
};

}  // namespace remit::jose
