#include "kit/base/hash.h"

#include <gtest/gtest.h>

namespace remit {
namespace {

std::string hex(const Hash256& hash) {
  return to_hex(view_of(hash));
}

TEST(Hash, AgreesWithTheVectorsOfFips180) {
  EXPECT_EQ(hex(sha256(as_bytes(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, PartsAreTheWholeAndTheObjectIsReady) {
  Sha256 hasher;
  for (int i = 0; i < 2; ++i) {
    hasher.update(as_bytes("a")).update(as_bytes("bc"));
    EXPECT_EQ(hasher.finish(), sha256(as_bytes("abc")));
  }
}

TEST(Hash, AgreesWithTheSecondVectorOfRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hash, ComparesInConstantTimeWhatMayDifferInLength) {
  EXPECT_TRUE(equal_in_constant_time(as_bytes("secret"), as_bytes("secret")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("secret"), as_bytes("secreT")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("secret"), as_bytes("secre")));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
}

}  // namespace
}  // namespace remit
