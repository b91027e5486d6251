#include "kit/base/ed25519.h"

#include "kit/base/check.h"
#include "kit/base/hash.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace remit {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

using BioPtr = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })>;
using ContextPtr =
    std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;

const unsigned char* raw(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::shared_ptr<evp_pkey_st> own(EVP_PKEY* key) {
  return {key, [](EVP_PKEY* owned) { EVP_PKEY_free(owned); }};
}

Result<std::shared_ptr<evp_pkey_st>> adopt(EVP_PKEY* key, std::string_view kind) {
  std::shared_ptr<evp_pkey_st> owned = own(key);
  if (key != nullptr && EVP_PKEY_is_a(key, "ED25519") == 1) return owned;
  return fail(ErrorCode::InvalidArgument, "key_invalid",
              fmt::format("That is no {} key of Ed25519 in PEM.", kind));
}

BioPtr reading(std::string_view pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

template <class Write>
std::string written(Write write) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  CHECK(bio != nullptr && write(bio.get()) == 1, "a key that cannot be written");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Ed25519PublicKey::Ed25519PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {
  id_ = to_hex(view_of(sha256(encoded()))).substr(0, 16);
}

Result<Ed25519PublicKey> Ed25519PublicKey::from_pem(std::string_view pem) {
  return Ed25519PublicKey(
      TRY(adopt(PEM_read_bio_PUBKEY(reading(pem).get(), nullptr, nullptr, nullptr), "public")));
}

Bytes Ed25519PublicKey::encoded() const {
  Bytes bytes(kKeyBytes);
  std::size_t size = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                    &size) == 1 &&
            size == bytes.size(),
        "a key without its public half");
  return bytes;
}

std::string Ed25519PublicKey::to_pem() const {
  return written([this](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_.get()); });
}

bool Ed25519PublicKey::verify(ByteView bytes, ByteView signature) const {
  const ContextPtr context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(bytes),
                          bytes.size()) == 1;
}

Ed25519PrivateKey Ed25519PrivateKey::make(Entropy& entropy) {
  Bytes seed = entropy.bytes(kKeyBytes);
  EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed), seed.size());
  OPENSSL_cleanse(seed.data(), seed.size());
  CHECK(key != nullptr, "OpenSSL has no Ed25519");
  return Ed25519PrivateKey(own(key));
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_pem(std::string_view pem) {
  // No pass phrase is ever asked for on a terminal.
  EVP_PKEY* key = PEM_read_bio_PrivateKey(
      reading(pem).get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr);
  return Ed25519PrivateKey(TRY(adopt(key, "private")));
}

std::string Ed25519PrivateKey::to_pem() const {
  return written([this](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, public_key_.key_.get(), nullptr, nullptr, 0, nullptr,
                                         nullptr);
  });
}

Bytes Ed25519PrivateKey::sign(ByteView bytes) const {
  const ContextPtr context(EVP_MD_CTX_new());
  Bytes signature(kSignatureBytes);
  std::size_t size = signature.size();
  CHECK(context != nullptr &&
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, public_key_.key_.get()) ==
                1 &&
            EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           raw(bytes), bytes.size()) == 1 &&
            size == kSignatureBytes,
        "OpenSSL could not sign");
  return signature;
}

}  // namespace remit
