#include "lab/bank/ecdsa.h"

#include "lab/bank/keys.h"
#include "lab/bank/openssl_handles.h"

#include <gtest/gtest.h>

namespace remit::lab::bank {
namespace {

NumberHandle number(const char* hex) {
  BIGNUM* parsed = nullptr;
  BN_hex2bn(&parsed, hex);
  return NumberHandle(parsed);
}

TEST(Ecdsa, the_signatures_of_rfc_6979_appendix_a_2_5_come_out) {
  const NumberHandle key =
      number("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
  EXPECT_EQ(to_hex(sign_p256(*key, sha256(as_bytes("sample")))),
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  EXPECT_EQ(to_hex(sign_p256(*key, sha256(as_bytes("test")))),
            "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
            "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083");
}

TEST(Ecdsa, a_key_follows_from_its_text_and_signs_the_same_twice_so_that_openssl_verifies_it) {
  const PrivateKey key = PrivateKey::p256_of("a world");
  EXPECT_EQ(key.to_pem(), PrivateKey::p256_of("a world").to_pem());
  EXPECT_NE(key.to_pem(), PrivateKey::p256_of("another world").to_pem());
  const Bytes signature = key.sign(SignatureAlgorithm::Es256, as_bytes("words"));
  EXPECT_EQ(signature, key.sign(SignatureAlgorithm::Es256, as_bytes("words")));
  EXPECT_TRUE(key.public_key().verify(SignatureAlgorithm::Es256, as_bytes("words"), signature));
  EXPECT_FALSE(
      key.public_key().verify(SignatureAlgorithm::Es256, as_bytes("other words"), signature));
}

}  // namespace
}  // namespace remit::lab::bank
