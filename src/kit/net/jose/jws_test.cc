#include "kit/net/jose/jws.h"

#include "kit/net/jose/openssl_key.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace remit::jose {
namespace {

struct Pair {
  std::unique_ptr<PemSigner> signer;
  std::optional<PublicKey> key;
};

std::string pem_of(EVP_PKEY* key, bool secret) {
  const std::unique_ptr<BIO, FreeBy<BIO_free_all>> out(BIO_new(BIO_s_mem()));
  if (secret) {
    PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    PEM_write_bio_PUBKEY(out.get(), key);
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Pair make_pair(EVP_PKEY* raw, std::string key_id) {
  const KeyPtr key(raw);
  return {*PemSigner::from_pem(pem_of(key.get(), true), std::move(key_id)),
          *PublicKey::from_pem(pem_of(key.get(), false))};
}

Pair& rsa() {
  static Pair pair = make_pair(EVP_RSA_gen(2048), "rsa-1");
  return pair;
}
Pair& ec() {
  static Pair pair = make_pair(EVP_EC_gen("P-256"), "ec-1");
  return pair;
}
const KeySet& keys() {
  static const KeySet set = [] {
    KeySet all;
    all.add("rsa-1", *rsa().key);
    all.add("ec-1", *ec().key);
    return all;
  }();
  return set;
}

/// A JWS with any header and signature, as a forger would make it.
std::string forge(std::string_view header, std::string_view payload, std::string_view signature) {
  return to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(payload)) + "." +
         std::string(signature);
}
std::string reason_of(const std::string& token) {
  const auto verified = verify_compact(token, keys());
  return verified ? "verified" : verified.error().reason;
}

TEST(Jws, VerifiesTheExampleOfRfc7515) {
  const auto jwk = codec::JsonDocument::parse(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
      {});
  const auto key = PublicKey::from_jwk(jwk->root());
  ASSERT_TRUE(key) << key.error().describe();
  const std::string input =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  auto signature = *from_base64url(
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  EXPECT_TRUE(key->verify(as_bytes(input), signature));
  signature[5] ^= std::byte{1};
  EXPECT_FALSE(key->verify(as_bytes(input), signature));
}

TEST(Jws, WhatIsSignedVerifiesWithBothAlgorithms) {
  for (Pair* pair : {&rsa(), &ec()}) {
    const auto token = sign_jwt(*pair->signer, {{"iss", json_string("a \"quoted\" issuer")}});
    ASSERT_TRUE(token);
    const auto verified = verify_compact(*token, keys());
    ASSERT_TRUE(verified) << verified.error().describe();
    EXPECT_EQ(verified->payload, R"({"iss":"a \"quoted\" issuer"})");
    EXPECT_EQ(verified->header.root().find("typ")->text, "JWT");
    EXPECT_EQ(unverified_key_id(*token), pair->signer->key_id());
  }
}

TEST(Jws, DetachedSignaturesCoverExactlyTheBytes) {
  for (const PayloadEncoding encoding : {PayloadEncoding::Base64Url, PayloadEncoding::Raw}) {
    const auto token = sign_detached(*rsa().signer, {{"http://example/iat", "1"}},
                                     {"http://example/iat"}, "{\"a\": 1}", encoding);
    ASSERT_TRUE(token);
    EXPECT_NE(token->find(".."), std::string::npos);
    EXPECT_TRUE(verify_detached(*token, "{\"a\": 1}", keys(), {"http://example/iat"}));
    EXPECT_FALSE(verify_detached(*token, "{\"a\":1}", keys(), {"http://example/iat"}));
    const auto ignorant = verify_detached(*token, "{\"a\": 1}", keys(), {});
    ASSERT_FALSE(ignorant);
    EXPECT_EQ(ignorant.error().reason, "jws_critical");
  }
}

TEST(Jws, RefusesForgeries) {
  const std::string good = *sign_jwt(*rsa().signer, {{"sub", json_string("me")}});
  const std::string_view signature = std::string_view(good).substr(good.rfind('.') + 1);
  EXPECT_EQ(reason_of(good), "verified");
  EXPECT_EQ(reason_of(""), "jws_malformed");
  EXPECT_EQ(reason_of("a.b"), "jws_malformed");
  EXPECT_EQ(reason_of(good + ".x"), "jws_malformed");
  EXPECT_EQ(reason_of(std::string(kJwsBytesMax, 'a') + ".."), "jws_malformed");
  EXPECT_EQ(reason_of(forge("[]", "{}", "")), "jws_malformed");
  EXPECT_EQ(reason_of(forge(R"({"alg":"PS256","alg":"none","kid":"rsa-1"})", "{}", signature)),
            "jws_malformed");
  EXPECT_EQ(reason_of(forge(R"({"alg":"none"})", "{}", "")), "jws_unsigned");
  EXPECT_EQ(reason_of(forge(R"({"alg":"none","kid":"rsa-1"})", "{}", "")), "jws_unsigned");
  EXPECT_EQ(reason_of(forge(R"({"alg":"HS256","kid":"rsa-1"})", "{}", signature)), "jws_symmetric");
  EXPECT_EQ(reason_of(forge(R"({"alg":"RS256","kid":"rsa-1"})", "{}", signature)), "jws_algorithm");
  EXPECT_EQ(reason_of(forge(R"({"alg":"ES256","kid":"rsa-1"})", "{}", signature)), "jws_algorithm");
  EXPECT_EQ(reason_of(forge(R"({"alg":"PS256","kid":"rsa-2"})", "{}", signature)),
            "jws_key_unknown");
  EXPECT_EQ(
      reason_of(forge(R"({"alg":"PS256","kid":"rsa-1","crit":["exp"],"exp":1})", "{}", signature)),
      "jws_critical");
  EXPECT_EQ(reason_of(forge(R"({"alg":"PS256","kid":"rsa-1","crit":[]})", "{}", signature)),
            "jws_critical");
  EXPECT_EQ(reason_of(forge(R"({"alg":"PS256","kid":"rsa-1"})", R"({"sub":"you"})", signature)),
            "jws_signature");
  EXPECT_EQ(reason_of(good + "A"), "jws_signature");
  EXPECT_EQ(reason_of(good + "="), "jws_signature");
}

TEST(Jws, ASignerMayBeReplacedBetweenMessagesButNotWithinOne) {
  ReplaceableSigner signer(rsa().signer->pin());
  const std::shared_ptr<Signer> pinned = signer.pin();
  EXPECT_EQ(reason_of(*sign_jwt(signer, {})), "verified");
  signer.replace(ec().signer->pin());
  EXPECT_EQ(signer.key_id(), "ec-1");
  EXPECT_EQ(signer.algorithm(), Algorithm::Es256);
  const std::string token = *sign_jwt(signer, {});
  EXPECT_EQ(unverified_key_id(token), "ec-1");
  EXPECT_EQ(reason_of(token), "verified");
  EXPECT_EQ(unverified_key_id(*sign_jwt(*pinned, {})), "rsa-1");
}

TEST(Jws, B64CountsOnlyWhereItIsCritical) {
  const auto token =
      sign_detached(*rsa().signer, {{"b64", "false"}}, {}, "x", PayloadEncoding::Base64Url);
  const auto verified = verify_detached(*token, "x", keys(), {});
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().reason, "jws_critical");
}

TEST(Keys, RefuseWeakForeignAndExposedOnes) {
  const KeyPtr weak(EVP_RSA_gen(1024));
  EXPECT_FALSE(PublicKey::from_pem(pem_of(weak.get(), false)));
  const KeyPtr other(EVP_EC_gen("P-384"));
  EXPECT_FALSE(PublicKey::from_pem(pem_of(other.get(), false)));
  EXPECT_FALSE(PemSigner::from_pem("-----BEGIN NONSENSE-----", "k"));
  EXPECT_FALSE(PublicKey::from_pem(""));
}

TEST(Keys, SetsPassOverWhatTheyCannotUse) {
  const auto set = KeySet::parse(
      R"({"keys":[{"kty":"oct","kid":"a","k":"AA"},{"kty":"RSA","kid":"b","use":"enc","n":"AA","e":"AQAB"},)"
      R"({"kty":"EC","crv":"P-256","kid":"c","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},)"
      R"({"kty":"EC","crv":"P-256","kid":"d","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},5]})");
  ASSERT_TRUE(set) << set.error().describe();
  EXPECT_EQ(set->size(), 1u);
  EXPECT_NE(set->find("c"), nullptr);
  EXPECT_FALSE(KeySet::parse("{}"));
  EXPECT_FALSE(KeySet::parse(R"({"keys":[],"keys":[]})"));
}

}  // namespace
}  // namespace remit::jose
