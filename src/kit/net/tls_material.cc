#include "kit/net/tls_material.h"

#include "kit/base/durable_file.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <vector>

namespace remit::net {
namespace {

constexpr std::size_t kPemBytesMax =
    1024 * 1024;  ///< A bundle of all public authorities has 220 KiB.

template <auto F>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    F(object);
  }
};
using Bio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

std::unexpected<Error> unusable(std::string_view file, std::string_view why) {
  return fail(ErrorCode::InvalidArgument, "tls_file_unusable",
              fmt::format("{} cannot be used: {}.", file, why));
}

Bio reading(std::string_view pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Result<std::string> read(const std::string& file) {
  Result<Bytes> bytes = read_file(file, kPemBytesMax);
  if (!bytes) return unusable(file, bytes.error().message);
  std::string pem(as_text(*bytes));
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return pem;
}

Result<std::vector<Certificate>> certificates_in(const std::string& file, std::string_view pem) {
  std::vector<Certificate> found;
  const Bio source = reading(pem);
  while (X509* next = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)) {
    found.emplace_back(next);
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (found.empty()) return unusable(file, "it holds no certificate in PEM");
  if (!ended) return unusable(file, "one of its certificates cannot be read");
  return found;
}

std::vector<Timestamp> ends_of(const std::vector<Certificate>& certificates) {
  std::vector<Timestamp> ends;
  ends.reserve(certificates.size());
  for (const Certificate& certificate : certificates) {
    std::tm parts{};
    const bool readable = ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) == 1;
    ends.emplace_back(std::chrono::seconds(readable ? timegm(&parts) : 0));
  }
  return ends;
}

Result<void> load_pair(const TlsFiles& files, TlsMaterial& material) {
  material.certificate_chain = TRY(read(files.certificate_chain));
  material.private_key = TRY(read(files.private_key));
  const std::vector<Certificate> chain =
      TRY(certificates_in(files.certificate_chain, material.certificate_chain));
  // No pass phrase is ever asked for on a terminal.
  const Key key(PEM_read_bio_PrivateKey(
      reading(material.private_key).get(), nullptr, [](char*, int, int, void*) { return -1; },
      nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return unusable(files.private_key, "it is not an unencrypted private key in PEM");
  }
  const bool fits = X509_check_private_key(chain.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return unusable(files.private_key, fmt::format("it is not the key of the certificate in {}",
                                                   files.certificate_chain));
  }
  material.certificate_expires_at = std::ranges::min(ends_of(chain));
  return {};
}

Result<void> load_authorities(const TlsFiles& files, Timestamp now, TlsMaterial& material) {
  material.trusted_authorities = TRY(read(files.trusted_authorities));
  const std::vector<Timestamp> ends =
      ends_of(TRY(certificates_in(files.trusted_authorities, material.trusted_authorities)));
  // Bundles keep authorities that have ended; they must not hide the one that ends next.
  material.authorities_expire_at = std::ranges::max(ends);
  for (const Timestamp end : ends) {
    if (end > now) material.authorities_expire_at = std::min(*material.authorities_expire_at, end);
  }
  return {};
}

}  // namespace

TlsMaterial::~TlsMaterial() {
  OPENSSL_cleanse(private_key.data(), private_key.size());
}

Result<TlsMaterialPtr> load_tls(const TlsFiles& files, Timestamp now) {
  auto material = std::make_shared<TlsMaterial>();
  if (!files.certificate_chain.empty()) TRY(load_pair(files, *material));
  if (!files.trusted_authorities.empty()) TRY(load_authorities(files, now, *material));
  return material;
}

}  // namespace remit::net
