#include "kit/net/address_bucket.h"

#include <gtest/gtest.h>

namespace remit::net {
namespace {

TEST(AddressBucket, addresses_of_one_network_share_it) {
  EXPECT_EQ(address_bucket("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_bucket("2001:db8:1:2::7"), address_bucket("2001:db8:1:2:ffff::9"));
  EXPECT_NE(address_bucket("2001:db8:1:2::7"), address_bucket("2001:db8:1:3::7"));
  EXPECT_EQ(address_bucket("fe80::1%eth0"), "fe80::/64");
  EXPECT_EQ(address_bucket("local"), "local");
}

}  // namespace
}  // namespace remit::net
