#include "kit/net/tls_material.h"

#include "kit/net/curl_client.h"
#include "kit/net/server.h"
#include "kit/net/test_certificates_test.h"

#include <gmock/gmock.h>

namespace remit::net {
namespace {

using std::chrono::hours;

const Timestamp kNow = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());

class TlsMaterialTest : public testing::Test {
 protected:
  TlsFiles files_of(const TestCertificate& one, const std::string& key) {
    return {.certificate_chain = folder_.write("certificate.pem", one.certificate),
            .private_key = folder_.write("key.pem", key)};
  }
  std::string reason_of(const TlsFiles& files) {
    const auto loaded = load_tls(files, kNow);
    return loaded ? "loaded" : loaded.error().reason + ": " + loaded.error().message;
  }

  TestFolder folder_{"tls-material"};
  TestCertificate first_ = make_test_certificate("first", kNow + hours(48));
  TestCertificate second_ = make_test_certificate("second", kNow + hours(24));
};

TEST_F(TlsMaterialTest, SaysWhenItEnds) {
  TlsFiles files = files_of({first_.certificate + second_.certificate, ""}, first_.key);
  const auto chain = load_tls(files, kNow);
  ASSERT_TRUE(chain) << chain.error().describe();
  EXPECT_EQ((*chain)->certificate_expires_at, kNow + hours(24));
  EXPECT_EQ((*chain)->authorities_expire_at, std::nullopt);
}

TEST_F(TlsMaterialTest, AnAuthorityThatHasEndedHidesNoneThatWill) {
  const TestCertificate ended = make_test_certificate("ended", kNow - hours(1));
  const auto bundle = [&](const std::string& pem) {
    const TlsFiles files{.trusted_authorities = folder_.write("authorities.pem", pem)};
    return load_tls(files, kNow).value()->authorities_expire_at;
  };
  EXPECT_EQ(bundle(first_.certificate + ended.certificate + second_.certificate), kNow + hours(24));
  EXPECT_EQ(bundle(ended.certificate), kNow - hours(1));
}

TEST_F(TlsMaterialTest, WhatDoesNotFitTogetherIsRefusedByName) {
  EXPECT_EQ(reason_of(files_of(first_, first_.key)), "loaded");
  EXPECT_THAT(reason_of(files_of(first_, second_.key)),
              testing::HasSubstr("is not the key of the certificate"));
  EXPECT_THAT(reason_of(files_of(first_, "-----BEGIN PRIVATE KEY-----\n")),
              testing::HasSubstr("no"));
  EXPECT_THAT(reason_of(files_of({"nothing", ""}, first_.key)),
              testing::HasSubstr("it holds no certificate in PEM"));
  const std::string half = first_.certificate.substr(0, first_.certificate.size() / 2);
  EXPECT_THAT(reason_of(files_of({first_.certificate + half, ""}, first_.key)),
              testing::StartsWith("tls_file_unusable"));
  EXPECT_THAT(reason_of({.certificate_chain = "/nowhere", .private_key = "/nowhere"}),
              testing::StartsWith("tls_file_unusable: /nowhere cannot be used"));
  EXPECT_THAT(reason_of({.trusted_authorities = folder_.write("key-alone.pem", first_.key)}),
              testing::StartsWith("tls_file_unusable"));
}

TEST_F(TlsMaterialTest, AClientAndAServerTakeANewOneWhileTheyRun) {
  auto server = HttpServer::start(
      {.tls = files_of(first_, first_.key)},
      [](HttpRequest, Responder respond) { respond(HttpResponse{.status = 204}); });
  ASSERT_TRUE(server) << server.error().describe();
  auto client = CurlClient::start({});
  const auto ask = [&]() -> std::string {
    const auto answer = send_and_wait(
        **client, {.method = "GET", .url = fmt::format("https://127.0.0.1:{}", (*server)->port())});
    return answer ? std::to_string(answer->status) : answer.error().reason;
  };
  const auto trusting = [&](const TestCertificate& one) {
    return load_tls({.trusted_authorities = folder_.write("trusted.pem", one.certificate)}, kNow)
        .value();
  };
  EXPECT_EQ(ask(), "certificate_untrusted");
  (*client)->use_tls(trusting(first_));
  EXPECT_EQ(ask(), "204");
  // The kept connection belongs to whom was trusted before.
  (*client)->use_tls(trusting(second_));
  EXPECT_EQ(ask(), "certificate_untrusted");
  ASSERT_TRUE((*server)->use_tls(*load_tls(files_of(second_, second_.key), kNow).value()));
  EXPECT_EQ(ask(), "204");
  const TlsMaterial nothing;
  EXPECT_FALSE((*server)->use_tls(nothing));
  EXPECT_EQ(ask(), "204");
}

}  // namespace
}  // namespace remit::net
