#include "lab/bank/message_signature.h"

#include "lab/bank/jws.h"

#include <gtest/gtest.h>

namespace remit::lab::bank {
namespace {

constexpr std::string_view kBody = R"({"Data":{"Amount":"1.00"}})";
constexpr Timestamp kNow{std::chrono::seconds(1'800'000'000)};

class MessageSignature : public testing::TestWithParam<PayloadEncoding> {
 protected:
  static const PrivateKey& key() {
    static const PrivateKey made = PrivateKey::generate_rsa();
    return made;
  }
  MessageSignature() { keys_.add("k1", key().public_key()); }

  /// "" when it is good.
  std::string verdict(const std::string& signature, std::string_view body = kBody,
                      Timestamp now = kNow) {
    const auto checked =
        verify_message(signature, body, keys_, party_, now, std::chrono::seconds(5));
    return checked ? "" : checked.error().code;
  }
  /// A signature whose header was changed before signing.
  std::string signed_with(std::string_view member, const json::value& value) {
    const std::string good = sign_message(kBody, key(), "k1", party_, kNow);
    json::object header = parse_compact_jws(good)->header;
    if (value.is_null()) {
      header.erase(member);
    } else {
      header[member] = value;
    }
    const std::string protected_header = to_base64url(as_bytes(json::serialize(header)));
    const std::string body = GetParam() == PayloadEncoding::Unencoded
                                 ? std::string(kBody)
                                 : to_base64url(as_bytes(kBody));
    const std::string input = protected_header + '.' + body;
    return protected_header + ".." +
           to_base64url(key().sign(SignatureAlgorithm::Ps256, as_bytes(input)));
  }

  KeySet keys_;
  MessageParty party_{"0015800001/tpp", "openbanking.org.uk", GetParam()};
};

TEST_P(MessageSignature, CoversExactlyTheBytes) {
  const std::string signature = sign_message(kBody, key(), "k1", party_, kNow);
  EXPECT_EQ(verdict(signature), "");
  EXPECT_EQ(verdict(signature, R"({"Data": {"Amount":"1.00"}})"), "U015");
  EXPECT_EQ(verdict(signature, kBody, kNow - std::chrono::seconds(5)), "");
  EXPECT_EQ(verdict(signature, kBody, kNow - std::chrono::seconds(6)), "U016") << "of the future";
}

TEST_P(MessageSignature, TheOtherEncodingIsRefused) {
  MessageParty other = party_;
  other.encoding = GetParam() == PayloadEncoding::Unencoded ? PayloadEncoding::Base64Url
                                                            : PayloadEncoding::Unencoded;
  EXPECT_EQ(verdict(sign_message(kBody, key(), "k1", other, kNow)), "U016");
}

TEST_P(MessageSignature, EveryClaimMustBeThereAndRight) {
  EXPECT_EQ(verdict(signed_with("cty", "json")), "") << "the change itself does no harm";
  for (const std::string_view name :
       {"alg", "kid", "crit", "http://openbanking.org.uk/iat", "http://openbanking.org.uk/iss",
        "http://openbanking.org.uk/tan"}) {
    EXPECT_EQ(verdict(signed_with(name, nullptr)), "U017") << name;
    EXPECT_EQ(verdict(signed_with(name, "wrong")), "U016") << name;
  }
  EXPECT_EQ(verdict(signed_with("alg", "none")), "U016");
  EXPECT_EQ(verdict(signed_with("typ", "JWT")), "U016");
  EXPECT_EQ(verdict(signed_with("cty", "text/xml")), "U016");
  EXPECT_EQ(verdict(signed_with("jku", "https://elsewhere.example")), "U016");
  EXPECT_EQ(verdict(signed_with("b64", true)), "U016");
}

TEST_P(MessageSignature, WhatIsNoDetachedJwsIsRefused) {
  EXPECT_EQ(verdict(""), "U018");
  EXPECT_EQ(verdict("a.b"), "U018");
  const json::object header{{"alg", "PS256"}, {"kid", "k1"}};
  EXPECT_EQ(verdict(sign_compact_jws(header, kBody, key(), SignatureAlgorithm::Ps256)), "U018")
      << "not detached";
}

INSTANTIATE_TEST_SUITE_P(Encodings, MessageSignature,
                         testing::Values(PayloadEncoding::Base64Url, PayloadEncoding::Unencoded),
                         [](const auto& encoding) {
                           return encoding.param == PayloadEncoding::Unencoded ? "Unencoded"
                                                                               : "Base64Url";
                         });

}  // namespace
}  // namespace remit::lab::bank
