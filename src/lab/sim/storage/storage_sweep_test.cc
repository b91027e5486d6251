#include "lab/sim/storage/storage_world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

/// Fifty payments on the storage that ships, and the process ended at every single step of them.
namespace remit::lab::sim {
namespace {

TEST(StorageSweepSlow, WhereverTheProcessEndsEveryPaymentIsMadeOnce) {
  StorageWorld undisturbed({});
  ASSERT_EQ(undisturbed.run(), std::nullopt);
  ASSERT_EQ(undisturbed.sends(), 50U);
  ASSERT_EQ(undisturbed.crashes(), 0U);
  const std::uint64_t steps = undisturbed.steps();
  std::uint64_t crashes = 0;
  for (std::uint64_t step = 0; step < steps; ++step) {
    // One in eight times the machine goes on, and what was written and not synced is there.
    StorageWorld world({.crash_at = step, .power_cut = step % 8 != 0, .seed = step});
    const auto fault = world.run();
    ASSERT_EQ(fault, std::nullopt) << "ended at step " << step << " of " << steps;
    ASSERT_EQ(world.crashes(), 1U) << step;
    crashes += world.crashes();
  }
  fmt::print("{} steps, {} crashes\n", steps, crashes);
  EXPECT_GT(steps, 300U);
}

}  // namespace
}  // namespace remit::lab::sim
