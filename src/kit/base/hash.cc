#include "kit/base/hash.h"

#include "kit/base/check.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace remit {
namespace {

/// Fetched once: in OpenSSL 3 the fetch costs more than hashing a small event.
const EVP_MD* sha256_algorithm() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(algorithm != nullptr, "OpenSSL has no SHA-256");
  return algorithm;
}

}  // namespace

struct Sha256::Context {
  Context() : raw(EVP_MD_CTX_new()) { CHECK(raw != nullptr, "no memory for a digest"); }
  ~Context() { EVP_MD_CTX_free(raw); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  EVP_MD_CTX* raw;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  CHECK(EVP_DigestInit_ex2(context_->raw, sha256_algorithm(), nullptr) == 1, "SHA-256 init");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(ByteView bytes) {
  CHECK(EVP_DigestUpdate(context_->raw, bytes.data(), bytes.size()) == 1, "SHA-256 update");
  return *this;
}

Hash256 Sha256::finish() {
  Hash256 digest{};
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(context_->raw, reinterpret_cast<unsigned char*>(digest.data()), &size) ==
                1 &&
            size == digest.size(),
        "SHA-256 final");
  CHECK(EVP_DigestInit_ex2(context_->raw, nullptr, nullptr) == 1, "SHA-256 init");
  return digest;
}

Hash256 sha256(ByteView bytes) {
  thread_local Sha256 hasher;
  return hasher.update(bytes).finish();
}

Hash256 hmac_sha256(ByteView key, ByteView bytes) {
  struct FreeContext {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  // Fetched once: OpenSSL 3 looks providers up at each implicit fetch, which costs more than the MAC of a request.
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  thread_local const std::unique_ptr<EVP_MAC_CTX, FreeContext> context(EVP_MAC_CTX_new(hmac));
  char digest_name[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_end()};
  Hash256 digest{};
  std::size_t size = 0;
  const bool made =
      EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                   parameters) == 1 &&
      EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size()) == 1 &&
      EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                    digest.size()) == 1;
  CHECK(made && size == digest.size(), "HMAC-SHA-256");
  return digest;
}

bool equal_in_constant_time(ByteView left, ByteView right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace remit
