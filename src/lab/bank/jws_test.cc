#include "lab/bank/jws.h"

#include <gtest/gtest.h>

namespace remit::lab::bank {
namespace {

const PrivateKey& signing_key() {
  static const PrivateKey key = PrivateKey::generate_rsa();
  return key;
}

KeySet key_set() {
  KeySet keys;
  keys.add("k1", signing_key().public_key());
  return keys;
}

TEST(Jws, VerifiesTheExampleOfRfc7515AppendixA3) {
  const auto keys = KeySet::parse(
      R"({"kty":"EC","crv":"P-256","kid":"a3","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  ASSERT_TRUE(keys.has_value());
  const auto jws = parse_compact_jws(
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmN"
      "vbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-"
      "F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
      "KTUJqPP3-Kg6NU1Q");
  ASSERT_TRUE(jws.has_value());
  const PublicKey& key = *keys->find("a3");
  EXPECT_TRUE(key.verify(SignatureAlgorithm::Es256, as_bytes(jws->signing_input), jws->signature));
  EXPECT_FALSE(key.verify(SignatureAlgorithm::Ps256, as_bytes(jws->signing_input), jws->signature));
  EXPECT_FALSE(
      key.verify(SignatureAlgorithm::Es256, as_bytes(jws->signing_input + "A"), jws->signature));
}

TEST(Jws, ThumbprintIsThatOfRfc7638Section3) {
  const auto keys = KeySet::parse(
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aP)"
      R"(FFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v)"
      R"(-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bF)"
      R"(TWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",)"
      R"("e":"AQAB","alg":"RS256"})");
  ASSERT_TRUE(keys.has_value());
  EXPECT_NE(keys->find("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"), nullptr);
}

TEST(Jws, WhatIsSignedVerifiesUntilAnythingChanges) {
  const json::object claims{{"iss", "a"}, {"exp", 5}};
  const std::string token = sign_jwt(claims, signing_key(), "k1");
  EXPECT_EQ(verify_jwt(token, key_set(), SignatureAlgorithm::Ps256), claims);

  std::string other = token;
  other[token.find('.') + 3] ^= 1;
  EXPECT_EQ(verify_jwt(other, key_set(), SignatureAlgorithm::Ps256).error().reason,
            "jws_signature");
  KeySet strangers;
  strangers.add("k1", PrivateKey::generate_rsa().public_key());
  EXPECT_EQ(verify_jwt(token, strangers, SignatureAlgorithm::Ps256).error().reason,
            "jws_signature");
  EXPECT_EQ(verify_jwt(token, KeySet(), SignatureAlgorithm::Ps256).error().reason,
            "jws_unknown_key");
}

TEST(Jws, RefusesOtherAlgorithmsAndHeaders) {
  const auto with_header = [](const json::object& header) {
    const std::string token =
        sign_compact_jws(header, R"({"iss":"a"})", signing_key(), SignatureAlgorithm::Ps256);
    return verify_jwt(token, key_set(), SignatureAlgorithm::Ps256);
  };
  EXPECT_TRUE(with_header({{"alg", "PS256"}, {"kid", "k1"}}).has_value());
  for (const std::string_view algorithm : {"none", "RS256", "HS256", "ES256", "ps256", ""}) {
    EXPECT_EQ(with_header({{"alg", algorithm}, {"kid", "k1"}}).error().reason, "jws_algorithm")
        << algorithm;
  }
  EXPECT_EQ(with_header({{"kid", "k1"}}).error().reason, "jws_algorithm");
  EXPECT_EQ(with_header({{"alg", "PS256"}}).error().reason, "jws_unknown_key");
  for (const std::string_view member : {"crit", "jwk", "jku", "x5u", "zip", "b64"}) {
    EXPECT_EQ(with_header({{"alg", "PS256"}, {"kid", "k1"}, {member, "x"}}).error().reason,
              "jws_malformed")
        << member;
  }
  const std::string token = sign_jwt({{"iss", "a"}}, signing_key(), "k1");
  const std::string unsigned_token = token.substr(0, token.rfind('.') + 1);
  EXPECT_FALSE(verify_jwt(unsigned_token, key_set(), SignatureAlgorithm::Ps256).has_value());
  for (const std::string_view text :
       {"", "a", "a.b", "a.b.c.d", "..", "!!.e30.AA", "e30=.e30.AA"}) {
    EXPECT_EQ(verify_jwt(text, key_set(), SignatureAlgorithm::Ps256).error().reason,
              "jws_malformed")
        << text;
  }
}

TEST(Jws, SignsWithP256AsWell) {
  const PrivateKey key = PrivateKey::generate_p256();
  const Bytes signature = key.sign(SignatureAlgorithm::Es256, as_bytes("payload"));
  EXPECT_EQ(signature.size(), 64u);
  EXPECT_TRUE(key.public_key().verify(SignatureAlgorithm::Es256, as_bytes("payload"), signature));
  EXPECT_FALSE(key.public_key().verify(SignatureAlgorithm::Es256, as_bytes("payloaf"), signature));
}

TEST(Jws, JwksHoldsNoPrivatePartsAndReadsBack) {
  const json::object jwks = key_set().to_jwks();
  const json::object& jwk = jwks.at("keys").as_array().at(0).as_object();
  EXPECT_FALSE(jwk.contains("d"));
  EXPECT_EQ(jwk.at("alg"), "PS256");
  const auto read = KeySet::parse(json::serialize(jwks));
  ASSERT_TRUE(read.has_value());
  const std::string token = sign_jwt({{"iss", "a"}}, signing_key(), "k1");
  EXPECT_TRUE(verify_jwt(token, *read, SignatureAlgorithm::Ps256).has_value());
}

TEST(Jws, RefusesWeakAndForeignKeys) {
  EXPECT_FALSE(KeySet::parse(R"({"kty":"oct","k":"AAAA"})").has_value());
  EXPECT_FALSE(KeySet::parse(R"({"kty":"RSA","n":"u1SU1LfVLPHCozMxH2Mo","e":"AQAB"})").has_value());
  EXPECT_FALSE(KeySet::parse(R"({"kty":"RSA","e":"AQAB","use":"enc","n":"u1SU"})").has_value());
  EXPECT_FALSE(KeySet::parse("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(PrivateKey::from_pem("nothing").has_value());
}

TEST(Jws, AudienceMayBeATextOrAList) {
  EXPECT_TRUE(audience_includes({{"aud", "b"}}, "a", "b"));
  EXPECT_TRUE(audience_includes({{"aud", {"x", "a"}}}, "a", "b"));
  EXPECT_FALSE(audience_includes({{"aud", {"x"}}}, "a", "b"));
  EXPECT_FALSE(audience_includes({{"aud", 5}}, "a", "b"));
  EXPECT_FALSE(audience_includes({}, "a", "b"));
}

}  // namespace
}  // namespace remit::lab::bank
