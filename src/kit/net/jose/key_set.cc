#include "kit/net/jose/key_set.h"

#include "kit/net/jose/openssl_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace remit::jose {
namespace {

constexpr std::size_t kJwksBytesMax = 256 * 1024;
constexpr std::size_t kEs256HalfBytes = 32;

using NumberPtr = std::unique_ptr<BIGNUM, FreeBy<BN_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, FreeBy<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, FreeBy<OSSL_PARAM_free>>;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, FreeBy<EVP_PKEY_CTX_free>>;

std::string_view text_of(const codec::JsonNode& jwk, std::string_view name) {
  const codec::JsonNode* member = jwk.find(name);
  return member != nullptr && member->kind == codec::JsonKind::String ? member->text
                                                                      : std::string_view();
}

Result<Bytes> bytes_of(const codec::JsonNode& jwk, std::string_view name) {
  const std::string_view text = text_of(jwk, name);
  const std::optional<Bytes> bytes = from_base64url(text);
  if (text.empty() || !bytes) return key_invalid(fmt::format("its {} is not base64url", name));
  return *bytes;
}

NumberPtr number_of(const Bytes& bytes) {
  return NumberPtr(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                             static_cast<int>(bytes.size()), nullptr));
}

Result<KeyPtr> make_key(const char* kind, OSSL_PARAM_BLD* builder) {
  const ParamsPtr parameters(OSSL_PARAM_BLD_to_param(builder));
  const ContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return key_invalid("its numbers are not a public key");
  }
  return KeyPtr(key);
}

Result<KeyPtr> rsa_key(const codec::JsonNode& jwk) {
  const NumberPtr modulus = number_of(TRY(bytes_of(jwk, "n")));
  const NumberPtr exponent = number_of(TRY(bytes_of(jwk, "e")));
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return key_invalid("its numbers are out of range");
  }
  return make_key("RSA", builder.get());
}

Result<KeyPtr> p256_key(const codec::JsonNode& jwk) {
  if (text_of(jwk, "crv") != "P-256") return key_invalid("its curve is not P-256");
  const Bytes x = TRY(bytes_of(jwk, "x"));
  const Bytes y = TRY(bytes_of(jwk, "y"));
  if (x.size() != kEs256HalfBytes || y.size() != kEs256HalfBytes) {
    return key_invalid("its point has the wrong size");
  }
  // Uncompressed form (SEC 1 section 2.3.3); OpenSSL checks that the point is on the curve.
  Bytes point{std::byte{4}};
  point.insert(point.end(), x.begin(), x.end());
  point.insert(point.end(), y.begin(), y.end());
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return key_invalid("its point is out of range");
  }
  return make_key("EC", builder.get());
}

/// Side by side into DER, as OpenSSL wants it.
Bytes to_der(ByteView signature) {
  if (signature.size() != 2 * kEs256HalfBytes) return {};
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  const std::unique_ptr<ECDSA_SIG, FreeBy<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes, kEs256HalfBytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes + kEs256HalfBytes, kEs256HalfBytes, nullptr);
  if (pair == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return {};
  const auto* begin = reinterpret_cast<const std::byte*>(der);
  Bytes out(begin, begin + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace

Result<PublicKey> PublicKey::adopt(evp_pkey_st* raw) {
  KeyPtr key(raw);
  const Algorithm algorithm = TRY(algorithm_of(key.get()));
  return PublicKey(std::shared_ptr<evp_pkey_st>(std::move(key)), algorithm);
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const std::unique_ptr<BIO, FreeBy<BIO_free_all>> source(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (pem.find("BEGIN CERTIFICATE") != std::string_view::npos) {
    const std::unique_ptr<X509, FreeBy<X509_free>> certificate(
        PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) return key_invalid("the certificate is unreadable");
    return adopt(X509_get_pubkey(certificate.get()));
  }
  EVP_PKEY* key = PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return key_invalid("it is not a public key in PEM");
  return adopt(key);
}

Result<PublicKey> PublicKey::from_jwk(const codec::JsonNode& jwk) {
  if (jwk.kind != codec::JsonKind::Object) return key_invalid("it is not a JSON object");
  const std::string_view use = text_of(jwk, "use");
  if (!use.empty() && use != "sig") return key_invalid("it is not for signatures");
  const std::string_view kind = text_of(jwk, "kty");
  if (kind != "RSA" && kind != "EC") return key_invalid("it is of another kind");
  KeyPtr raw = kind == "RSA" ? TRY(rsa_key(jwk)) : TRY(p256_key(jwk));
  PublicKey key = TRY(adopt(raw.release()));
  const std::string_view algorithm = text_of(jwk, "alg");
  if (!algorithm.empty() && algorithm != algorithm_name(key.algorithm())) {
    return key_invalid("it is meant for another algorithm");
  }
  return key;
}

bool PublicKey::verify(ByteView bytes, ByteView signature) const {
  const Bytes der = algorithm_ == Algorithm::Es256 ? to_der(signature) : Bytes();
  const ByteView given = algorithm_ == Algorithm::Es256 ? ByteView(der) : signature;
  if (given.empty()) return false;
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr, key_.get()) == 1 &&
         set_padding(padding, algorithm_) &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(given.data()),
                          given.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                          bytes.size()) == 1;
}

Result<KeySet> KeySet::parse(std::string_view json) {
  const auto document = codec::JsonDocument::parse(json, {.bytes_max = kJwksBytesMax});
  const codec::JsonNode* keys = document && document->root().kind == codec::JsonKind::Object
                                    ? document->root().find("keys")
                                    : nullptr;
  if (keys == nullptr || keys->kind != codec::JsonKind::Array) {
    return fail(ErrorCode::InvalidArgument, "jwks_malformed", "The key set is not a JWKS.");
  }
  if (keys->count > kKeysMax) {
    return fail(ErrorCode::LimitExceeded, "jwks_too_large",
                fmt::format("The key set has {} keys, more than {}.", keys->count, kKeysMax));
  }
  KeySet set;
  const codec::JsonNode* jwk = keys->first();
  for (std::uint32_t i = 0; i < keys->count; ++i, jwk = jwk->next()) {
    if (jwk->kind != codec::JsonKind::Object) continue;
    const std::string_view key_id = text_of(*jwk, "kid");
    Result<PublicKey> key = PublicKey::from_jwk(*jwk);
    if (!key_id.empty() && key) set.add(std::string(key_id), std::move(*key));
  }
  return set;
}

const PublicKey* KeySet::find(std::string_view key_id) const {
  const auto found = keys_.find(key_id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace remit::jose
