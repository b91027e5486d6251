#include "kit/base/time.h"

#include <gtest/gtest.h>

namespace remit {
namespace {

TEST(Time, PrintsRfc3339) {
  const Timestamp second(std::chrono::seconds(1'787'218'200));
  EXPECT_EQ(to_rfc3339(second), "2026-08-20T09:30:00Z");
  EXPECT_EQ(to_rfc3339(second + Duration(123'456)), "2026-08-20T09:30:00.123456Z");
  EXPECT_EQ(to_rfc3339(Timestamp()), "1970-01-01T00:00:00Z");
}

TEST(Time, ReadsEveryOffsetAndFraction) {
  const Timestamp second(std::chrono::seconds(1'787'218'200));
  EXPECT_EQ(from_rfc3339("2026-08-20T09:30:00Z"), second);
  EXPECT_EQ(from_rfc3339("2026-08-20T10:30:00+01:00"), second);
  EXPECT_EQ(from_rfc3339("2026-08-20T04:00:00-05:30"), second);
  EXPECT_EQ(from_rfc3339("2026-08-20t09:30:00z"), second);
  EXPECT_EQ(from_rfc3339("2026-08-20T09:30:00.123456789Z"), second + Duration(123'456));
  EXPECT_EQ(from_rfc3339("2026-08-20T09:30:00.1Z"), second + Duration(100'000));
}

TEST(Time, RefusesWhatIsNoMoment) {
  for (const char* text :
       {"", "2026-08-20", "2026-08-20 09:30:00", "2026-13-20T09:30:00Z", "2026-02-30T09:30:00Z",
        "2026-08-20T24:30:00Z", "2026-08-20T09:60:00Z", "2026-08-20T09:30:00",
        "2026-08-20T09:30:00.Z", "2026-08-20T09:30:00Zx"}) {
    EXPECT_FALSE(from_rfc3339(text)) << text;
  }
}

TEST(Time, ComesBackFromItsText) {
  for (const std::int64_t count : {0LL, 1LL, 1'787'218'200'123'456LL, 4'102'444'799'999'999LL}) {
    const Timestamp time{Duration(count)};
    EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time);
  }
}

}  // namespace
}  // namespace remit
