#include "kit/base/type_id.h"

#include <gtest/gtest.h>

#include <set>

namespace remit {
namespace {

TEST(TypeId, AgreesWithTheSpecification) {
  // Valid examples of the TypeID specification 0.3.
  const auto nil = TypeId::parse("prefix_00000000000000000000000000");
  ASSERT_TRUE(nil);
  EXPECT_EQ(nil->uuid(), TypeId::Uuid());
  const auto one = TypeId::parse("prefix_01h455vb4pex5vsknk084sn02q");
  ASSERT_TRUE(one);
  EXPECT_EQ(to_hex(std::as_bytes(std::span(one->uuid()))), "01890a5dac96774bbcceb302099a8057");
  EXPECT_EQ(one->to_string(), "prefix_01h455vb4pex5vsknk084sn02q");
  EXPECT_EQ(TypeId::parse("prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz")->uuid()[0], 0xff);
}

TEST(TypeId, RefusesWhatTheSpecificationRefuses) {
  for (const char* text :
       {"", "prefix_", "PREFIX_01h455vb4pex5vsknk084sn02q", "12345_01h455vb4pex5vsknk084sn02q",
        "pre.fix_01h455vb4pex5vsknk084sn02q", "_01h455vb4pex5vsknk084sn02q",
        "pay_1h455vb4pex5vsknk084sn02q", "pay_001h455vb4pex5vsknk084sn02q",
        "pay_01H455VB4PEX5VSKNK084SN02Q", "pay_81h455vb4pex5vsknk084sn02q",
        "pay_01h455vb4pex5vsknk084sn02u", "pay-01h455vb4pex5vsknk084sn02q",
        "muchtoolong_01h455vb4pex5vsknk084sn02q"}) {
    EXPECT_FALSE(TypeId::parse(text)) << text;
  }
}

TEST(TypeId, MadeOnesCarryTheirTimeAndDiffer) {
  SeededRandom random(7);
  const Timestamp now(std::chrono::milliseconds(1'787'218'200'123));
  std::set<TypeId> ids;
  for (int i = 0; i < 1000; ++i) {
    const TypeId id = TypeId::make("pay", now, random);
    EXPECT_EQ(id.time(), now);
    EXPECT_EQ(id.uuid()[6] >> 4, 7);
    EXPECT_EQ(id.uuid()[8] >> 6, 2);
    EXPECT_EQ(TypeId::parse(id.to_string()), id);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_LT(TypeId::make("pay", now, random),
            TypeId::make("pay", now + std::chrono::milliseconds(1), random));
}

TEST(TypeId, DerivedOnesFollowFromTheirParts) {
  const TypeId source = *TypeId::parse("pay_01h455vb4pex5vsknk084sn02q");
  EXPECT_EQ(TypeId::derive("trf", source, "a"), TypeId::derive("trf", source, "a"));
  EXPECT_NE(TypeId::derive("trf", source, "a"), TypeId::derive("trf", source, "b"));
  EXPECT_NE(TypeId::derive("trf", source, "a"), TypeId::derive("acc", source, "a"));
  EXPECT_EQ(TypeId::derive("trf", source, "a").uuid()[6] >> 4, 8);
}

}  // namespace
}  // namespace remit
