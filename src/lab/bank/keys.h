#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"
#include "lab/bank/json.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace remit::lab::bank {

/// The two algorithms of the FAPI 1 profile (Advanced, section 8.6). There is no "whatever the
/// header says": who verifies names the one that it expects.
enum class SignatureAlgorithm : std::uint8_t {
  Ps256,  ///< RSASSA-PSS, SHA-256, MGF1 with SHA-256, salt of 32 bytes (RFC 7518 section 3.5).
  Es256,  ///< ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
};
/// "PS256", "ES256".
std::string_view algorithm_name(SignatureAlgorithm algorithm);

/// A key that verifies: RSA of at least 2048 bits, or P-256. Cheap to copy.
class PublicKey {
 public:
  /// From "BEGIN CERTIFICATE" or "BEGIN PUBLIC KEY". Fails with `key_invalid`.
  static Result<PublicKey> from_pem(std::string_view pem);
  /// From a JSON Web Key (RFC 7517); its `use` and `alg`, when given, must be for signatures.
  static Result<PublicKey> from_jwk(const json::object& jwk);

  /// RFC 7517 with `use` and `alg`; `kid` is the thumbprint.
  json::object to_jwk() const;
  /// RFC 7638, SHA-256, base64url.
  std::string thumbprint() const;
  /// False also when the key is of the wrong type for the algorithm.
  bool verify(SignatureAlgorithm algorithm, ByteView signed_bytes, ByteView signature) const;
  SignatureAlgorithm algorithm() const;

 private:
  friend class PrivateKey;
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  static Result<PublicKey> adopt(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

/// A key that signs. Cheap to copy.
class PrivateKey {
 public:
  static PrivateKey generate_rsa(unsigned bits = 2048);
  static PrivateKey generate_p256();
  /// The same key for the same text: for a world that must be repeated. It guards nothing.
  static PrivateKey p256_of(std::string_view text);
  static Result<PrivateKey> from_pem(std::string_view pem);

  std::string to_pem() const;
  PublicKey public_key() const;
  /// ES256 with the nonce of RFC 6979: the same bytes have the same signature.
  Bytes sign(SignatureAlgorithm algorithm, ByteView bytes) const;
  /// For the certificates of the sandbox.
  evp_pkey_st* handle() const { return key_.get(); }

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

/// Keys by their `kid`.
class KeySet {
 public:
  /// A PEM certificate or public key (its kid is the thumbprint), a JWK, or a JWKS. A JWK keeps the
  /// kid that it names.
  static Result<KeySet> parse(std::string_view text);
  void add(std::string kid, PublicKey key);
  void add_all(const KeySet& other);
  const PublicKey* find(std::string_view kid) const;
  bool empty() const { return keys_.empty(); }
  /// RFC 7517 section 5.
  json::object to_jwks() const;

 private:
  std::map<std::string, PublicKey, std::less<>> keys_;
};

}  // namespace remit::lab::bank
