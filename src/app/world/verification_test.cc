#include "app/world/verification.h"

#include <gtest/gtest.h>

namespace remit::app {
namespace {

TEST(Verification, HoldsByTheExitCodeAlone) {
  const Verification right = judge_verification(0, "ok   chain: 12 commits\n");
  EXPECT_TRUE(right.holds);
  EXPECT_EQ(right.said, "ok   chain: 12 commits\n");
  EXPECT_TRUE(judge_verification(0, "ok   journal of FAILED payments\n").holds)
      << "words are for people";
}

TEST(Verification, OneThatRefutesSaysWhat) {
  const Verification wrong = judge_verification(1, "FAIL chain: commit 3 is damaged\n");
  EXPECT_FALSE(wrong.holds);
  EXPECT_EQ(wrong.said, "FAIL chain: commit 3 is damaged\n");
  EXPECT_EQ(judge_verification(1, "").said, "remit verify ended with 1.\n");
}

TEST(Verification, OneThatWasKilledProvedNothingWhateverItSaidBefore) {
  constexpr int kSegmentationFault = 128 + 11;
  const Verification killed = judge_verification(kSegmentationFault, "ok   chain: 12 commits\n");
  EXPECT_FALSE(killed.holds);
  EXPECT_EQ(killed.said, "ok   chain: 12 commits\nremit verify ended with 139.\n");
}

TEST(Verification, NeitherDidOneThatNeverRan) {
  const Verification none = judge_verification(std::nullopt, "No process can be started.\n");
  EXPECT_FALSE(none.holds);
  EXPECT_EQ(none.said, "No process can be started.\nremit verify did not run.\n");
}

}  // namespace
}  // namespace remit::app
