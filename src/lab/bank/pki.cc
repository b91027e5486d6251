#include "lab/bank/pki.h"

#include "kit/base/check.h"
#include "kit/base/durable_file.h"
#include "kit/base/hash.h"
#include "lab/bank/openssl_handles.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kPemBytesMax = 64 * 1024;
constexpr auto kValidity = std::chrono::hours(24 * 825);
/// Clocks of the two sides may differ a little.
constexpr auto kBackdated = std::chrono::hours(1);
constexpr auto kRemainingMin = std::chrono::hours(24);

struct CertificateProfile {
  const char* common_name;
  const char* key_usage;
  const char* extended_key_usage;  ///< Null for none.
  const char* alternative_names;   ///< Null for none.
};

std::time_t seconds_of(Timestamp time) {
  return static_cast<std::time_t>(
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  if (value == nullptr) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  CHECK(extension != nullptr, "no extension {}", value);
  CHECK(X509_add_ext(certificate, extension, -1) == 1, "the extension {} does not fit", value);
  X509_EXTENSION_free(extension);
}

CertificateHandle make_certificate(const CertificateProfile& profile, const PrivateKey& key,
                                   X509* issuer, const PrivateKey& issuer_key, Timestamp now) {
  CertificateHandle certificate(X509_new());
  X509* const raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  std::array<unsigned char, 16> serial{};
  CHECK(RAND_bytes(serial.data(), static_cast<int>(serial.size())) == 1, "no randomness");
  serial[0] &= 0x7F;
  const NumberHandle number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(raw));
  ASN1_TIME_set(X509_getm_notBefore(raw), seconds_of(now - kBackdated));
  ASN1_TIME_set(X509_getm_notAfter(raw), seconds_of(now + kValidity));
  X509_set_pubkey(raw, key.handle());

  X509_NAME* const name = X509_get_subject_name(raw);
  const auto add = [&](const char* field, const char* text) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
  };
  add("C", "GB");
  add("O", "Remit Sandbox");
  add("CN", profile.common_name);
  X509_set_issuer_name(raw, X509_get_subject_name(issuer == nullptr ? raw : issuer));

  X509* const signer = issuer == nullptr ? raw : issuer;
  add_extension(raw, signer, NID_basic_constraints,
                issuer == nullptr ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE");
  add_extension(raw, signer, NID_key_usage, profile.key_usage);
  add_extension(raw, signer, NID_ext_key_usage, profile.extended_key_usage);
  add_extension(raw, signer, NID_subject_alt_name, profile.alternative_names);
  add_extension(raw, signer, NID_subject_key_identifier, "hash");
  add_extension(raw, signer, NID_authority_key_identifier, "keyid");
  CHECK(X509_sign(raw, issuer_key.handle(), EVP_sha256()) > 0, "the certificate was not signed");
  return certificate;
}

std::string to_pem(X509* certificate) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_X509(out.get(), certificate) == 1, "the certificate has no PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

CertificateHandle certificate_from(std::string_view pem) {
  const BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return CertificateHandle(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

bool certificate_usable(const std::string& path, Timestamp now) {
  const auto bytes = read_file(path, kPemBytesMax);
  if (!bytes) return false;
  const CertificateHandle certificate = certificate_from(as_text(*bytes));
  std::time_t until = seconds_of(now + kRemainingMin);
  return certificate && X509_cmp_time(X509_get0_notAfter(certificate.get()), &until) > 0;
}

bool key_usable(const std::string& path) {
  const auto bytes = read_file(path, kPemBytesMax);
  return bytes && PrivateKey::from_pem(as_text(*bytes)).has_value();
}

bool complete(const SandboxPki& pki, Timestamp now) {
  return certificate_usable(pki.authority_certificate(), now) &&
         certificate_usable(pki.server_certificate(), now) &&
         certificate_usable(pki.transport_certificate(), now) &&
         certificate_usable(pki.tpp_signing_certificate(), now) && key_usable(pki.server_key()) &&
         key_usable(pki.transport_key()) && key_usable(pki.tpp_signing_key()) &&
         key_usable(pki.bank_signing_key());
}

}  // namespace

Result<SandboxPki> ensure_sandbox_pki(const std::string& directory, Timestamp now) {
  const SandboxPki pki{directory};
  if (complete(pki, now)) return pki;
  if (auto made = ensure_directory(directory); !made) return std::unexpected(made.error());

  // The authority's key is forgotten: nothing is issued later, and nobody can issue more.
  const PrivateKey authority_key = PrivateKey::generate_p256();
  const CertificateHandle authority = make_certificate(
      {"Remit Sandbox Authority", "critical,keyCertSign,cRLSign", nullptr, nullptr}, authority_key,
      nullptr, authority_key, now);
  struct Issue {
    CertificateProfile profile;
    PrivateKey key;
    std::string certificate_path;
    std::string key_path;
  };
  const std::array<Issue, 3> issues{
      Issue{{"Remit Model Bank", "critical,digitalSignature", "serverAuth",
             "DNS:localhost,IP:127.0.0.1"},
            PrivateKey::generate_p256(),
            pki.server_certificate(),
            pki.server_key()},
      Issue{{"sandbox-tpp transport", "critical,digitalSignature", "clientAuth", nullptr},
            PrivateKey::generate_p256(),
            pki.transport_certificate(),
            pki.transport_key()},
      Issue{{"sandbox-tpp signing", "critical,digitalSignature", nullptr, nullptr},
            PrivateKey::generate_rsa(),
            pki.tpp_signing_certificate(),
            pki.tpp_signing_key()},
  };
  std::vector<std::pair<std::string, std::string>> files{
      {pki.authority_certificate(), to_pem(authority.get())},
      {pki.bank_signing_key(), PrivateKey::generate_rsa().to_pem()}};
  for (const Issue& issue : issues) {
    const CertificateHandle certificate =
        make_certificate(issue.profile, issue.key, authority.get(), authority_key, now);
    files.emplace_back(issue.certificate_path, to_pem(certificate.get()));
    files.emplace_back(issue.key_path, issue.key.to_pem());
  }
  for (const auto& [path, pem] : files) {
    if (auto written = write_file_durably(path, as_bytes(pem), 0600); !written) {
      return std::unexpected(written.error());
    }
  }
  return pki;
}

Result<std::string> certificate_thumbprint(std::string_view pem) {
  const CertificateHandle certificate = certificate_from(pem);
  if (!certificate) {
    return fail(ErrorCode::InvalidArgument, "key_invalid", "The PEM text is not a certificate.");
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  CHECK(size > 0, "a certificate without DER");
  const Hash256 digest =
      sha256(ByteView(reinterpret_cast<const std::byte*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return to_base64url(view_of(digest));
}

}  // namespace remit::lab::bank
