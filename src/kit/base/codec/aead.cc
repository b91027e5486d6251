#include "kit/base/codec/aead.h"

#include "kit/base/check.h"

#include <openssl/evp.h>

#include <memory>

namespace remit::codec {
namespace {

constexpr std::size_t kTagBytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const EVP_CIPHER* cipher() {
  // Fetched once: OpenSSL 3 looks providers up at each implicit fetch.
  static EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CHECK(aes != nullptr, "this OpenSSL has no AES-256-GCM");
  return aes;
}

const unsigned char* octets(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
int length_of(ByteView bytes) {
  CHECK(bytes.size() <= 64 * 1024 * 1024, "{} bytes are too many to seal at once", bytes.size());
  return static_cast<int>(bytes.size());
}

}  // namespace

Bytes seal_aead(const SecretKey& key, const Nonce& nonce, ByteView associated, ByteView plain) {
  const Context context(EVP_CIPHER_CTX_new());
  Bytes out(plain.size() + kTagBytes);
  int count = 0;
  CHECK(EVP_EncryptInit_ex2(context.get(), cipher(), octets(ByteView(key)), octets(ByteView(nonce)),
                            nullptr) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &count, octets(associated),
                          length_of(associated)) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), octets(out), &count, octets(plain), length_of(plain)) ==
        1);
  CHECK(EVP_EncryptFinal_ex(context.get(), octets(out) + count, &count) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                            octets(out) + plain.size()) == 1);
  return out;
}

std::optional<Bytes> open_aead(const SecretKey& key, const Nonce& nonce, ByteView associated,
                               ByteView sealed) {
  if (sealed.size() < kTagBytes) return std::nullopt;
  const ByteView cipher_text = sealed.first(sealed.size() - kTagBytes);
  Bytes tag = to_bytes(sealed.last(kTagBytes));
  const Context context(EVP_CIPHER_CTX_new());
  Bytes out(cipher_text.size());
  int count = 0;
  CHECK(EVP_DecryptInit_ex2(context.get(), cipher(), octets(ByteView(key)), octets(ByteView(nonce)),
                            nullptr) == 1);
  CHECK(EVP_DecryptUpdate(context.get(), nullptr, &count, octets(associated),
                          length_of(associated)) == 1);
  CHECK(EVP_DecryptUpdate(context.get(), octets(out), &count, octets(cipher_text),
                          length_of(cipher_text)) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), octets(out) + count, &count) != 1) return std::nullopt;
  return out;
}

}  // namespace remit::codec
