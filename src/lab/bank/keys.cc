#include "lab/bank/keys.h"

#include "kit/base/check.h"
#include "kit/base/hash.h"
#include "lab/bank/ecdsa.h"
#include "lab/bank/openssl_handles.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <utility>

namespace remit::lab::bank {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr std::size_t kCoordinateBytes = 32;

std::shared_ptr<EVP_PKEY> share(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

std::unexpected<Error> key_invalid(std::string message) {
  ERR_clear_error();
  return fail(ErrorCode::InvalidArgument, "key_invalid", std::move(message));
}

BioHandle read_only(std::string_view text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string number_base64url(EVP_PKEY* key, const char* name, std::size_t bytes_min) {
  BIGNUM* raw = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &raw) == 1, "the key has no {}", name);
  const NumberHandle number(raw);
  Bytes bytes(std::max(static_cast<std::size_t>(BN_num_bytes(raw)), bytes_min));
  CHECK(BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()),
                     static_cast<int>(bytes.size())) >= 0,
        "the number does not fit");
  return to_base64url(bytes);
}

Result<Bytes> jwk_bytes(const json::object& jwk, std::string_view name) {
  const auto text = find_text(jwk, name);
  auto bytes = text ? from_base64url(*text) : std::nullopt;
  if (!bytes || bytes->empty()) {
    return key_invalid(fmt::format("The JWK's member {} is missing or not base64url.", name));
  }
  return *std::move(bytes);
}

Result<EVP_PKEY*> key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return key_invalid("The JWK's numbers are not a key.");
  }
  return key;
}

NumberHandle number_from(const Bytes& bytes) {
  return NumberHandle(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size()), nullptr));
}

Result<EVP_PKEY*> rsa_from_jwk(const json::object& jwk) {
  const Bytes modulus = TRY(jwk_bytes(jwk, "n"));
  const Bytes exponent = TRY(jwk_bytes(jwk, "e"));
  const NumberHandle n = number_from(modulus);
  const NumberHandle e = number_from(exponent);
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return key_from("RSA", builder.get());
}

Result<EVP_PKEY*> p256_from_jwk(const json::object& jwk) {
  const Bytes x = TRY(jwk_bytes(jwk, "x"));
  const Bytes y = TRY(jwk_bytes(jwk, "y"));
  if (find_text(jwk, "crv") != "P-256" || x.size() != kCoordinateBytes ||
      y.size() != kCoordinateBytes) {
    return key_invalid("Of elliptic curves only P-256 is known.");
  }
  // An uncompressed point: 0x04, x, y (SEC 1 section 2.3.3).
  std::array<unsigned char, 1 + 2 * kCoordinateBytes> point{4};
  std::memcpy(point.data() + 1, x.data(), kCoordinateBytes);
  std::memcpy(point.data() + 1 + kCoordinateBytes, y.data(), kCoordinateBytes);
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return key_from("EC", builder.get());
}

/// JOSE has r and s side by side, OpenSSL wants DER (RFC 7518 section 3.4).
Bytes ecdsa_to_der(ByteView raw) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const EcdsaHandle signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes, kCoordinateBytes, nullptr),
                 BN_bin2bn(bytes + kCoordinateBytes, kCoordinateBytes, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  CHECK(size > 0, "a signature without DER");
  Bytes out =
      to_bytes(ByteView(reinterpret_cast<const std::byte*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return out;
}

void use_pss(EVP_PKEY_CTX* context) {
  CHECK(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1,
        "OpenSSL has no PSS");
}

}  // namespace

std::string_view algorithm_name(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::Ps256 ? "PS256" : "ES256";
}

Result<PublicKey> PublicKey::adopt(EVP_PKEY* key) {
  PublicKey adopted(share(key));
  const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
  if (rsa && EVP_PKEY_get_bits(key) < kRsaBitsMin) {
    return key_invalid(fmt::format("An RSA key needs at least {} bits.", kRsaBitsMin));
  }
  if (!rsa && (EVP_PKEY_is_a(key, "EC") != 1 || EVP_PKEY_get_bits(key) != 256)) {
    return key_invalid("Only RSA and P-256 keys are known.");
  }
  return adopted;
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const BioHandle bio = read_only(pem);
  if (pem.contains("BEGIN CERTIFICATE")) {
    const CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) return key_invalid("The PEM text is not a certificate.");
    return adopt(X509_get_pubkey(certificate.get()));
  }
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return key_invalid("The PEM text is not a public key.");
  return adopt(key);
}

Result<PublicKey> PublicKey::from_jwk(const json::object& jwk) {
  if (find_text(jwk, "use").value_or("sig") != "sig") {
    return key_invalid("The JWK is not for signatures.");
  }
  const auto type = find_text(jwk, "kty");
  if (type == "RSA") return adopt(TRY(rsa_from_jwk(jwk)));
  if (type == "EC") return adopt(TRY(p256_from_jwk(jwk)));
  return key_invalid("The JWK's kty is neither RSA nor EC.");
}

SignatureAlgorithm PublicKey::algorithm() const {
  return EVP_PKEY_is_a(key_.get(), "RSA") == 1 ? SignatureAlgorithm::Ps256
                                               : SignatureAlgorithm::Es256;
}

json::object PublicKey::to_jwk() const {
  json::object jwk;
  if (algorithm() == SignatureAlgorithm::Ps256) {
    jwk["e"] = number_base64url(key_.get(), OSSL_PKEY_PARAM_RSA_E, 1);
    jwk["kty"] = "RSA";
    jwk["n"] = number_base64url(key_.get(), OSSL_PKEY_PARAM_RSA_N, 1);
  } else {
    jwk["crv"] = "P-256";
    jwk["kty"] = "EC";
    jwk["x"] = number_base64url(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes);
    jwk["y"] = number_base64url(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes);
  }
  // RFC 7638: the required members alone, in the order of their names, which is as they stand here.
  const std::string thumbprint = to_base64url(view_of(sha256(as_bytes(json::serialize(jwk)))));
  jwk["kid"] = thumbprint;
  jwk["use"] = "sig";
  jwk["alg"] = algorithm_name(algorithm());
  return jwk;
}

std::string PublicKey::thumbprint() const {
  return std::string(*find_text(to_jwk(), "kid"));
}

bool PublicKey::verify(SignatureAlgorithm wanted, ByteView signed_bytes, ByteView signature) const {
  if (wanted != algorithm()) return false;
  Bytes der;
  if (wanted == SignatureAlgorithm::Es256) {
    if (signature.size() != 2 * kCoordinateBytes) return false;
    der = ecdsa_to_der(signature);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  CHECK(EVP_DigestVerifyInit(context.get(), &key_context, EVP_sha256(), nullptr, key_.get()) == 1,
        "the key cannot verify");
  if (wanted == SignatureAlgorithm::Ps256) use_pss(key_context);
  const int verified = EVP_DigestVerify(
      context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
      reinterpret_cast<const unsigned char*>(signed_bytes.data()), signed_bytes.size());
  ERR_clear_error();
  return verified == 1;
}

PrivateKey PrivateKey::generate_rsa(unsigned bits) {
  EVP_PKEY* key = EVP_RSA_gen(bits);
  CHECK(key != nullptr, "no RSA key of {} bits", bits);
  return PrivateKey(share(key));
}

PrivateKey PrivateKey::generate_p256() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  CHECK(key != nullptr, "no P-256 key");
  return PrivateKey(share(key));
}

PrivateKey PrivateKey::p256_of(std::string_view text) {
  return PrivateKey(share(p256_key_of(text)));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  const BioHandle bio = read_only(pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return key_invalid("The PEM text is not a private key.");
  PrivateKey adopted(share(key));
  EVP_PKEY_up_ref(key);
  if (auto checked = PublicKey::adopt(key); !checked) return std::unexpected(checked.error());
  return adopted;
}

std::string PrivateKey::to_pem() const {
  const BioHandle out(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "the key has no PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

PublicKey PrivateKey::public_key() const {
  return PublicKey(key_);
}

Bytes PrivateKey::sign(SignatureAlgorithm algorithm, ByteView bytes) const {
  if (algorithm == SignatureAlgorithm::Es256) {
    BIGNUM* scalar = nullptr;
    CHECK(EVP_PKEY_get_bn_param(key_.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1,
          "the key has no scalar");
    const NumberHandle owned(scalar);
    return sign_p256(*scalar, sha256(bytes));
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  CHECK(EVP_DigestSignInit(context.get(), &key_context, EVP_sha256(), nullptr, key_.get()) == 1,
        "the key cannot sign");
  use_pss(key_context);
  const auto* input = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, input, bytes.size()) == 1, "no room to sign");
  Bytes signature(size);
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       input, bytes.size()) == 1,
        "signing failed");
  signature.resize(size);
  return signature;
}

Result<KeySet> KeySet::parse(std::string_view text) {
  KeySet set;
  if (text.contains("-----BEGIN")) {
    const PublicKey key = TRY(PublicKey::from_pem(text));
    set.add(key.thumbprint(), key);
    return set;
  }
  const json::object document = TRY(parse_json_object(text));
  json::array keys;
  if (const json::value* listed = document.if_contains("keys"); listed && listed->is_array()) {
    keys = listed->get_array();
  } else {
    keys.push_back(document);
  }
  for (const json::value& item : keys) {
    if (!item.is_object()) return key_invalid("A key of the set is not an object.");
    const PublicKey key = TRY(PublicKey::from_jwk(item.get_object()));
    const auto kid = find_text(item.get_object(), "kid");
    set.add(kid ? std::string(*kid) : key.thumbprint(), key);
  }
  return set;
}

void KeySet::add(std::string kid, PublicKey key) {
  keys_.insert_or_assign(std::move(kid), std::move(key));
}

void KeySet::add_all(const KeySet& other) {
  for (const auto& [kid, key] : other.keys_) add(kid, key);
}

const PublicKey* KeySet::find(std::string_view kid) const {
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : &found->second;
}

json::object KeySet::to_jwks() const {
  json::array keys;
  for (const auto& [kid, key] : keys_) {
    json::object jwk = key.to_jwk();
    jwk["kid"] = kid;
    keys.push_back(std::move(jwk));
  }
  return {{"keys", std::move(keys)}};
}

}  // namespace remit::lab::bank
