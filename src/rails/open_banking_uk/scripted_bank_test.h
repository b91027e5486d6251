#pragma once

#include "kit/base/manual_host.h"
#include "kit/net/jose/jws.h"
#include "rails/open_banking_uk/options.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// A bank for the rail's tests: keys, signatures and scripted answers, all real but the wire.
namespace remit::rails::open_banking_uk {

struct TestKey {
  std::unique_ptr<jose::PemSigner> signer;
  std::string jwk;
};

inline std::string base64url_of(const BIGNUM* number) {
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return to_base64url(bytes);
}

inline TestKey make_rsa_key(const std::string& key_id) {
  EVP_PKEY* raw = EVP_RSA_gen(2048);
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(out, raw, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  BIGNUM* modulus = nullptr;
  EVP_PKEY_get_bn_param(raw, "n", &modulus);
  TestKey key{
      *jose::PemSigner::from_pem({data, static_cast<std::size_t>(size)}, key_id),
      fmt::format(R"({{"kty":"RSA","use":"sig","alg":"PS256","kid":"{}","n":"{}","e":"AQAB"}})",
                  key_id, base64url_of(modulus))};
  BN_free(modulus);
  BIO_free(out);
  EVP_PKEY_free(raw);
  return key;
}

/// Made once: keys are slow.
inline TestKey& bank_key() {
  static TestKey key = make_rsa_key("bank-1");
  return key;
}
inline TestKey& our_key() {
  static TestKey key = make_rsa_key("tpp-1");
  return key;
}
inline jose::KeySet bank_keys() {
  return *jose::KeySet::parse(fmt::format(R"({{"keys":[{}]}})", bank_key().jwk));
}

inline std::int64_t seconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

inline std::string bank_signature(std::string_view body, Timestamp now,
                                  const std::string& issuer = "bank-org") {
  return *jose::sign_detached(
      *bank_key().signer,
      {{"http://openbanking.org.uk/iat", std::to_string(seconds_of(now) - 1)},
       {"http://openbanking.org.uk/iss", jose::json_string(issuer)},
       {"http://openbanking.org.uk/tan", jose::json_string("openbanking.org.uk")}},
      {"http://openbanking.org.uk/iat", "http://openbanking.org.uk/iss",
       "http://openbanking.org.uk/tan"},
      body, jose::PayloadEncoding::Base64Url);
}

/// Answers at once, by a script per "METHOD path".
class ScriptedBank final : public net::HttpClient {
 public:
  using Answer = std::function<Result<net::HttpResponse>(const net::ClientRequest&)>;

  explicit ScriptedBank(ManualClock& clock) : clock_(clock) {
    on("GET /.well-known/openid-configuration", [](const auto&) {
      return net::HttpResponse{
          .body = R"({"issuer":"https://bank","authorization_endpoint":"https://bank/authorize",)"
                  R"("token_endpoint":"https://bank/token","jwks_uri":"https://bank/jwks"})"};
    });
    on("GET /jwks", [](const auto&) {
      return net::HttpResponse{.body = fmt::format(R"({{"keys":[{}]}})", bank_key().jwk)};
    });
    on("POST /token", [](const auto&) {
      return net::HttpResponse{
          .body = R"({"access_token":"client-token","token_type":"Bearer","expires_in":300})"};
    });
  }

  void on(const std::string& call, Answer answer) { answers_[call] = std::move(answer); }
  /// A signed answer.
  void on_signed(const std::string& call, int status, const std::string& body) {
    on(call, [this, status, body](const auto&) { return signed_answer(status, body); });
  }
  net::HttpResponse signed_answer(int status, const std::string& body) {
    net::HttpResponse response{.status = status, .body = body};
    response.headers.add("x-jws-signature", bank_signature(body, clock_.now()));
    return response;
  }

  void send(net::ClientRequest request, Callback callback) override {
    std::string path = request.url.substr(std::string_view("https://bank").size());
    if (path.starts_with("/api")) path = path.substr(4);
    const std::string call = request.method + " " + path;
    calls.push_back(call);
    requests.push_back(request);
    const auto found = answers_.find(call);
    if (found == answers_.end()) return callback(net::HttpResponse{.status = 404});
    callback(found->second(request));
  }
  std::size_t count(std::string_view call) const {
    return static_cast<std::size_t>(std::ranges::count(calls, call));
  }

  std::vector<std::string> calls;
  std::vector<net::ClientRequest> requests;

 private:
  ManualClock& clock_;
  std::map<std::string, Answer> answers_;
};

inline Options test_options() {
  return {.name = "bank",
          .issuer = "https://bank",
          .api_url = "https://bank/api",
          .client_id = "client-1",
          .redirect_uri = "https://shop/callback",
          .signature_issuer = "org/software",
          .bank_signature_issuer = "bank-org"};
}

}  // namespace remit::rails::open_banking_uk
