#pragma once

#include "kit/base/bytes.h"
#include "kit/base/random.h"
#include "kit/base/result.h"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace remit {

/// A key that verifies Ed25519 signatures (RFC 8032). Cheap to copy; thread safe.
class Ed25519PublicKey {
 public:
  /// SubjectPublicKeyInfo in PEM (RFC 8410). Fails with InvalidArgument `key_invalid`.
  static Result<Ed25519PublicKey> from_pem(std::string_view pem);
  std::string to_pem() const;
  /// The key's 32 bytes (RFC 8032 section 5.1.5).
  Bytes encoded() const;
  /// The first 16 hexadecimal digits of the SHA-256 of the key's 32 bytes.
  const std::string& id() const { return id_; }
  bool verify(ByteView bytes, ByteView signature) const;

 private:
  friend class Ed25519PrivateKey;
  explicit Ed25519PublicKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
  std::string id_;
};

/// A key that signs. Cheap to copy; thread safe.
class Ed25519PrivateKey {
 public:
  static Ed25519PrivateKey make(Entropy& entropy);
  /// PKCS #8 in PEM, not encrypted. Fails with InvalidArgument `key_invalid`.
  static Result<Ed25519PrivateKey> from_pem(std::string_view pem);
  std::string to_pem() const;
  /// What anybody may have.
  const Ed25519PublicKey& public_key() const { return public_key_; }
  /// 64 bytes; the same for the same bytes.
  Bytes sign(ByteView bytes) const;

 private:
  explicit Ed25519PrivateKey(std::shared_ptr<evp_pkey_st> key) : public_key_(std::move(key)) {}
  Ed25519PublicKey public_key_;  ///< OpenSSL keeps both halves in one object.
};

}  // namespace remit
