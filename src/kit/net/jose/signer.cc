#include "kit/net/jose/signer.h"

#include "kit/base/durable_file.h"
#include "kit/net/jose/openssl_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include <sys/stat.h>

namespace remit::jose {
namespace {

constexpr std::size_t kPemBytesMax = 64 * 1024;
constexpr int kEs256HalfBytes = 32;

/// JOSE wants r and s side by side, OpenSSL gives them in DER.
Result<Bytes> from_der(const Bytes& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, FreeBy<ECDSA_SIG_free>> pair(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  Bytes signature(2 * kEs256HalfBytes);
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (pair == nullptr ||
      BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, kEs256HalfBytes) != kEs256HalfBytes ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + kEs256HalfBytes, kEs256HalfBytes) !=
          kEs256HalfBytes) {
    return fail(ErrorCode::Internal, "signing_failed", "OpenSSL gave an unreadable signature.");
  }
  return signature;
}

}  // namespace

Result<std::unique_ptr<PemSigner>> PemSigner::from_pem(std::string_view pem, std::string key_id) {
  const std::unique_ptr<BIO, FreeBy<BIO_free_all>> source(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // No pass phrase is ever asked for on a terminal.
  KeyPtr key(PEM_read_bio_PrivateKey(
      source.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  if (key == nullptr) return key_invalid("it is not an unencrypted private key in PEM");
  const Algorithm algorithm = TRY(algorithm_of(key.get()));
  return std::unique_ptr<PemSigner>(
      new PemSigner(std::shared_ptr<evp_pkey_st>(std::move(key)), algorithm, std::move(key_id)));
}

Result<std::unique_ptr<PemSigner>> PemSigner::load(const std::string& path, std::string key_id) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return fail(
        ErrorCode::FailedPrecondition, "key_exposed",
        fmt::format("Others may read {}; run chmod 600 on it, and replace the key if it may "
                    "have been read.",
                    path));
  }
  Bytes pem = TRY(read_file(path, kPemBytesMax));
  auto signer = from_pem(as_text(pem), std::move(key_id));
  OPENSSL_cleanse(pem.data(), pem.size());
  if (!signer) signer.error().message = path + ": " + signer.error().message;
  return signer;
}

Result<Bytes> PemSigner::sign(ByteView bytes) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;
  std::size_t size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  Bytes signature;
  const bool ready =
      context != nullptr &&
      EVP_DigestSignInit(context.get(), &padding, EVP_sha256(), nullptr, key_.get()) == 1 &&
      set_padding(padding, algorithm_) &&
      EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size()) == 1;
  if (ready) signature.resize(size);
  if (!ready || EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                               &size, data, bytes.size()) != 1) {
    return fail(ErrorCode::Internal, "signing_failed", "OpenSSL could not sign.");
  }
  signature.resize(size);
  if (algorithm_ == Algorithm::Es256) return from_der(signature);
  return signature;
}

void ReplaceableSigner::replace(std::shared_ptr<Signer> next) {
  const std::lock_guard lock(mutex_);
  before_ = std::exchange(signer_, std::move(next));
}

std::shared_ptr<Signer> ReplaceableSigner::pin() {
  const std::lock_guard lock(mutex_);
  return signer_;
}

Algorithm ReplaceableSigner::algorithm() const {
  const std::lock_guard lock(mutex_);
  return signer_->algorithm();
}

const std::string& ReplaceableSigner::key_id() const {
  const std::lock_guard lock(mutex_);
  return signer_->key_id();
}

}  // namespace remit::jose
