#include "lab/bank/gzip.h"

#include <gtest/gtest.h>

namespace remit::lab::bank {
namespace {

/// CRC-32 and size stand at the end, little-endian (RFC 1952 section 2.3).
TEST(GzipTest, EndsWithTheChecksumThatTheStandardHas) {
  const std::string packed = to_gzip("123456789");
  // The check value of CRC-32/ISO-HDLC is cbf43926.
  EXPECT_EQ(packed.substr(packed.size() - 8), std::string("\x26\x39\xf4\xcb\x09\0\0\0", 8));
  EXPECT_EQ(packed.substr(0, 3), "\x1f\x8b\x08");
}

TEST(GzipTest, LongTextsTakeSeveralBlocks) {
  const std::string packed = to_gzip(std::string(70'000, 'x'));
  EXPECT_EQ(packed.size(), 10u + 2 * 5 + 70'000 + 8);
  EXPECT_EQ(packed[10], '\0') << "not the last block";
  EXPECT_EQ(packed[10 + 5 + 65'535], '\x01');
}

}  // namespace
}  // namespace remit::lab::bank
