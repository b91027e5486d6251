#include "kit/journal/sqlite/storage_script_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

/// The journal on every disk that a crash can leave: the process ends before each write, sync, truncation, opening and removal
/// of a fixed course, and of what was not durable some is kept, some lost and some torn, many times over.
namespace remit::journal::script {
namespace {

using sqlite::DiskCall;
using sqlite::DiskCallKind;
using sqlite::DiskFault;
using sqlite::DiskImage;
using sqlite::SimulatedDisk;

constexpr std::uint64_t kPowerCutsPerCrash = 5;

/// Stops at the call of that number, of those that change the disk.
auto stop_at(std::uint64_t number) {
  return [number, seen = std::uint64_t{0}](const DiskCall& call) mutable {
    if (call.kind == DiskCallKind::Read) return DiskFault::None;
    return seen++ == number ? DiskFault::Stop : DiskFault::None;
  };
}

/// A crash in the middle of the recovery from a crash, then the recovery.
std::optional<std::string> find_fault_after_second_crash(DiskImage image, std::uint64_t seed,
                                                         const Told& told) {
  SimulatedDisk disk(seed, std::move(image));
  SeededRandom random(seed);
  disk.set_faults(stop_at(random.below(12)));
  (void)find_fault(disk, told);
  disk.set_faults(nullptr);
  disk.restart(true);
  return find_fault(disk, told);
}

struct Tried {
  std::uint64_t crashes = 0;
  std::uint64_t images = 0;
};

/// Before the first call and each `step`th behind it, until the course comes to its end without a crash.
void crash_at_every(std::uint64_t step, Tried& tried) {
  auto& [crashes, images] = tried;
  for (bool crashed = true; crashed; crashes += step) {
    SimulatedDisk disk(crashes);
    Told told;
    disk.set_faults(stop_at(crashes));
    const End end = run_process(disk, told);
    crashed = disk.stopped();
    // At its very end the course is done and closes its files.
    ASSERT_TRUE(crashed || !end.error) << crashes;
    const DiskImage left = disk.image();
    for (std::uint64_t cut = 0; cut <= kPowerCutsPerCrash; ++cut) {
      const std::uint64_t seed = crashes * 100 + cut;
      SimulatedDisk after(seed, left);
      after.restart(cut > 0);
      const DiskImage image = after.image();
      const auto fault = find_fault(after, told);
      ASSERT_FALSE(fault) << "crash " << crashes << " cut " << cut << ": " << *fault;
      ++images;
      if (cut != 1) continue;
      const auto second = find_fault_after_second_crash(image, seed, told);
      ASSERT_FALSE(second) << "second crash after crash " << crashes << ": " << *second;
      ++images;
    }
    // From there the course comes to its end.
    disk.set_faults(nullptr);
    disk.restart(true);
    const End rest = run_process(disk, told);
    ASSERT_FALSE(rest.error) << "crash " << crashes << ": " << rest.error->describe();
    ASSERT_EQ(told.acknowledged[kPartitions[0]], kCommits);
    const auto fault = find_fault(disk, told);
    ASSERT_FALSE(fault) << "gone on with after crash " << crashes << ": " << *fault;
    ++images;
  }
}

TEST(CrashImages, SomeAreJournalsWithAllThatWasAcknowledged) {
  Tried tried;
  crash_at_every(100, tried);
  EXPECT_GT(tried.images, 20U);
}

TEST(CrashImagesSlow, WhateverACrashLeavesIsAJournalWithAllThatWasAcknowledged) {
  Tried tried;
  crash_at_every(1, tried);
  fmt::print("{} crashes, {} images\n", tried.crashes, tried.images);
  EXPECT_GT(tried.crashes, 300U);
  EXPECT_GT(tried.images, 2000U);
}

}  // namespace
}  // namespace remit::journal::script
