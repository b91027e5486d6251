#include "kit/base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace remit {
namespace {

Bytes from(const std::vector<std::uint8_t>& numbers) {
  Bytes bytes;
  for (const std::uint8_t number : numbers) bytes.push_back(std::byte{number});
  return bytes;
}

TEST(Bytes, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(to_base64(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(to_base64(as_bytes("foob")), "Zm9vYg==");
  EXPECT_EQ(to_base64url(as_bytes("foob")), "Zm9vYg");
  EXPECT_EQ(to_base64url(from({0xfb, 0xff})), "-_8");
  EXPECT_EQ(to_hex(as_bytes("foo")), "666f6f");
}

TEST(Bytes, RefusesWhatTheStrictFormsForbid) {
  for (const char* text : {"Zm9vYg==", "Zm9v Yg", "Zm9vY", "Zm9vYh", "Zm9v+g", "Zm9vYg\n"}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
  for (const char* text : {"Zm9vYg", "Zm9vYg=", "Zm9vYg===", "Zm9vYh==", "=Zm9v", "Zm-v"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
  for (const char* text : {"6", "6g", "66 6f"}) EXPECT_FALSE(from_hex(text)) << text;
}

RC_GTEST_PROP(BytesProperties, EveryEncodingComesBack, (const std::vector<std::uint8_t>& numbers)) {
  const Bytes bytes = from(numbers);
  RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
  RC_ASSERT(from_base64(to_base64(bytes)) == bytes);
  RC_ASSERT(from_base64url(to_base64url(bytes)) == bytes);
}

}  // namespace
}  // namespace remit
