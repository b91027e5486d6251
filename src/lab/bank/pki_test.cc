#include "lab/bank/pki.h"

#include "kit/base/durable_file.h"
#include "lab/bank/openssl_handles.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <unistd.h>

namespace remit::lab::bank {
namespace {

namespace fs = std::filesystem;

class Pki : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        (fs::temp_directory_path() / fmt::format("remit_pki_test_{}", ::getpid())).string();
    fs::remove_all(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  static std::string text_of(const std::string& path) {
    return std::string(as_text(read_file(path, 100'000).value()));
  }
  static CertificateHandle load(const std::string& path) {
    const std::string pem = text_of(path);
    const BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return CertificateHandle(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  }

  std::string directory_;
  const Timestamp now_ = SystemClock().now();
};

TEST_F(Pki, IssuesAChainThatVerifiesForLocalhost) {
  const auto pki = ensure_sandbox_pki(directory_, now_);
  ASSERT_TRUE(pki.has_value());
  const CertificateHandle authority = load(pki->authority_certificate());
  const CertificateHandle server = load(pki->server_certificate());
  EXPECT_EQ(X509_verify(server.get(), X509_get0_pubkey(authority.get())), 1);
  EXPECT_EQ(X509_check_host(server.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(server.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(server.get(), "127.0.0.2", 0), 0);
  EXPECT_EQ(X509_check_purpose(server.get(), X509_PURPOSE_SSL_SERVER, 0), 1);
  EXPECT_EQ(X509_check_purpose(server.get(), X509_PURPOSE_SSL_CLIENT, 0), 0);
  const CertificateHandle transport = load(pki->transport_certificate());
  EXPECT_EQ(X509_check_purpose(transport.get(), X509_PURPOSE_SSL_CLIENT, 0), 1);
  EXPECT_EQ(certificate_thumbprint(text_of(pki->transport_certificate()))->size(), 43u);
  EXPECT_FALSE(certificate_thumbprint("none").has_value());
  for (const auto& entry : fs::directory_iterator(directory_)) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
  }
  const auto key = PrivateKey::from_pem(text_of(pki->tpp_signing_key()));
  const auto certified = PublicKey::from_pem(text_of(pki->tpp_signing_certificate()));
  EXPECT_EQ(key->public_key().thumbprint(), certified->thumbprint());
}

TEST_F(Pki, IsReusedWhileCompleteAndCurrent) {
  const auto pki = ensure_sandbox_pki(directory_, now_);
  const std::string first = text_of(pki->server_certificate());
  ASSERT_TRUE(ensure_sandbox_pki(directory_, now_ + std::chrono::hours(24)).has_value());
  EXPECT_EQ(text_of(pki->server_certificate()), first);
  ASSERT_TRUE(ensure_sandbox_pki(directory_, now_ + std::chrono::hours(24 * 825)).has_value());
  const std::string renewed = text_of(pki->server_certificate());
  EXPECT_NE(renewed, first);
  fs::remove(pki->bank_signing_key());
  ASSERT_TRUE(ensure_sandbox_pki(directory_, now_).has_value());
  EXPECT_NE(text_of(pki->server_certificate()), renewed);
  EXPECT_TRUE(fs::exists(pki->bank_signing_key()));
}

}  // namespace
}  // namespace remit::lab::bank
