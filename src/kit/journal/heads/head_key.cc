#include "kit/journal/heads/head_key.h"

#include "kit/base/durable_file.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <sys/stat.h>

namespace remit::journal {
namespace {

constexpr std::size_t kPemBytesMax = 4096;

template <class Key>
Result<Key> naming(const std::filesystem::path& path, Result<Key> key) {
  if (!key) key.error().message = path.string() + ": " + key.error().message;
  return key;
}

}  // namespace

Result<Ed25519PrivateKey> open_head_key(const std::filesystem::path& path, Entropy& entropy) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return fail(ErrorCode::FailedPrecondition, "key_exposed",
                fmt::format("Others may read {}; run chmod 600 on it, and move it away with the "
                            "signed heads if it may have been read.",
                            path.string()));
  }
  Result<Bytes> pem = read_file(path.string(), kPemBytesMax);
  if (pem) {
    auto key = Ed25519PrivateKey::from_pem(as_text(*pem));
    OPENSSL_cleanse(pem->data(), pem->size());
    return naming(path, std::move(key));
  }
  if (pem.error().reason != "file_not_found") return std::unexpected(std::move(pem).error());
  const auto key = Ed25519PrivateKey::make(entropy);
  std::string made = key.to_pem();
  const Result<void> written = write_file_durably(path.string(), as_bytes(made), 0600);
  OPENSSL_cleanse(made.data(), made.size());
  if (!written) return std::unexpected(written.error());
  return key;
}

Result<Ed25519PublicKey> load_head_public_key(const std::filesystem::path& path) {
  const Bytes pem = TRY(read_file(path.string(), kPemBytesMax));
  return naming(path, Ed25519PublicKey::from_pem(as_text(pem)));
}

}  // namespace remit::journal
