#include "app/prove/meant_end.h"

#include <gtest/gtest.h>

namespace remit::app {
namespace {

TEST(MeantEnd, a_kill_is_meant_where_it_was_planned) {
  EXPECT_TRUE(end_is_meant(137, {.served = true, .killed = true}));
  EXPECT_FALSE(end_is_meant(137, {.served = true, .file_failed = true, .disk_failed = true}));
}

TEST(MeantEnd, the_journals_disk_may_fail_at_any_time_but_not_by_being_full) {
  EXPECT_TRUE(end_is_meant(74, {.served = true, .file_failed = true, .disk_failed = true}));
  EXPECT_TRUE(end_is_meant(74, {.file_failed = true, .disk_failed = true}));
  EXPECT_FALSE(end_is_meant(74, {.served = true, .file_failed = true}));
}

TEST(MeantEnd, a_refusal_is_meant_at_the_start_of_a_life_in_which_a_file_failed) {
  for (const int refused : {1, 3}) {
    EXPECT_TRUE(end_is_meant(refused, {.file_failed = true})) << refused;
    EXPECT_FALSE(end_is_meant(refused, {.served = true, .file_failed = true})) << refused;
    EXPECT_FALSE(end_is_meant(refused, {})) << refused;
    EXPECT_FALSE(end_is_meant(refused, {.killed = true})) << refused;
  }
}

TEST(MeantEnd, nothing_else_is_meant) {
  const LifeUnderFaults all{.file_failed = true, .disk_failed = true, .killed = true};
  for (const int end : {0, 2, 75, 128 + 6, 128 + 11, 128 + 15}) {
    EXPECT_FALSE(end_is_meant(end, all)) << end;
  }
}

}  // namespace
}  // namespace remit::app
