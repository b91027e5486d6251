#include "pay/api/sealed_fields.h"

#include "kit/base/codec/faulty_keyring_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace remit::api {
namespace {

class SealedFields : public testing::Test {
 protected:
  SeededEntropy entropy_{1};
  codec::MemoryKeyring keyring_{entropy_};
  codec::FaultyKeyring faulty_{keyring_};
  codec::Sealer sealer_{faulty_, entropy_};
  const TypeId owner_{"payer", {1}};
  const codec::Sealed<std::string> sealed_ = *sealer_.seal(owner_, std::string("Ada"));
};

TEST_F(SealedFields, are_left_out_once_their_owner_was_erased) {
  EXPECT_EQ(open_unless_erased(sealer_, sealed_).value(), "Ada");
  ASSERT_TRUE(keyring_.erase(owner_));
  EXPECT_EQ(open_unless_erased(sealer_, sealed_).value(), std::nullopt);
}

TEST_F(SealedFields, fail_for_any_other_reason_which_only_the_log_has) {
  faulty_.failing_finds = 1;
  const auto failed = open_unless_erased(sealer_, sealed_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::Internal);
  EXPECT_THAT(failed.error().message, testing::Not(testing::HasSubstr("payers.db")));
  EXPECT_THAT(failed.error().describe(), testing::HasSubstr("payers.db"));
  codec::SealedBox box = *sealed_.box();
  box.owner = TypeId("payer", {2});
  const auto missing = open_unless_erased(sealer_, codec::Sealed<std::string>(box));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::Internal);
  EXPECT_EQ(missing.error().cause->reason, "key_missing");
}

}  // namespace
}  // namespace remit::api
