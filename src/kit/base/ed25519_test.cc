#include "kit/base/ed25519.h"

#include <gtest/gtest.h>

namespace remit {
namespace {

/// An entropy of known bytes: those of a private key.
class FixedEntropy final : public Entropy {
 public:
  explicit FixedEntropy(std::string_view hex) : bytes_(*from_hex(hex)) {}
  void fill(std::span<std::byte> out) override { std::ranges::copy(bytes_, out.begin()); }

 private:
  Bytes bytes_;
};

/// RFC 8032 section 7.1, test 3.
TEST(Ed25519, SignsAsTheStandardSays) {
  FixedEntropy entropy("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  const auto key = Ed25519PrivateKey::make(entropy);
  const Bytes message = *from_hex("af82");
  const Bytes signature = key.sign(message);
  EXPECT_EQ(to_hex(signature),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  EXPECT_TRUE(key.public_key().verify(message, signature));
  EXPECT_FALSE(key.public_key().verify(as_bytes("other"), signature));
  for (std::size_t at = 0; at < signature.size(); ++at) {
    Bytes changed = signature;
    changed[at] ^= std::byte{1};
    ASSERT_FALSE(key.public_key().verify(message, changed)) << at;
  }
  EXPECT_FALSE(key.public_key().verify(message, {}));
  EXPECT_FALSE(key.public_key().verify(message, ByteView(signature).first(63)));
}

TEST(Ed25519, KeysAreReadAsTheyWereWritten) {
  SeededEntropy entropy(1);
  const auto key = Ed25519PrivateKey::make(entropy);
  const auto again = Ed25519PrivateKey::from_pem(key.to_pem());
  ASSERT_TRUE(again) << again.error().describe();
  EXPECT_EQ(again->sign(as_bytes("a")), key.sign(as_bytes("a")));
  const auto shared = Ed25519PublicKey::from_pem(key.public_key().to_pem());
  ASSERT_TRUE(shared) << shared.error().describe();
  EXPECT_EQ(shared->id(), key.public_key().id());
  EXPECT_EQ(shared->id().size(), 16u);
  EXPECT_EQ(shared->encoded().size(), 32u);
  EXPECT_EQ(shared->encoded(), key.public_key().encoded());
  EXPECT_TRUE(shared->verify(as_bytes("a"), key.sign(as_bytes("a"))));
  EXPECT_EQ(key.public_key().to_pem().find("PRIVATE"), std::string::npos);
  EXPECT_NE(Ed25519PrivateKey::make(entropy).public_key().id(), key.public_key().id());
}

TEST(Ed25519, RefusesWhatIsNoKey) {
  SeededEntropy entropy(1);
  const auto key = Ed25519PrivateKey::make(entropy);
  EXPECT_EQ(Ed25519PublicKey::from_pem("nonsense").error().reason, "key_invalid");
  EXPECT_EQ(Ed25519PrivateKey::from_pem("").error().reason, "key_invalid");
  EXPECT_EQ(Ed25519PrivateKey::from_pem(key.public_key().to_pem()).error().reason, "key_invalid");
}

}  // namespace
}  // namespace remit
