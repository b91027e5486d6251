#include "lab/sim/file_disks.h"

#include "kit/base/manual_host.h"

#include <gtest/gtest.h>

#include <vector>

/// That the files of a world keep what was durable, lose what was not, and tell when nobody knows.
namespace remit::lab::sim {
namespace {

using sqlite::DiskCall;
using sqlite::DiskCallKind;
using sqlite::DiskFault;

constexpr journal::PartitionId kOnly{1};

journal::Commit next_commit(const journal::Head& head) {
  journal::Commit commit{.sequence = head.sequence.next(),
                         .first_position = head.position.next(),
                         .time = ManualHost::kStart,
                         .causes = {{}}};
  commit.events.push_back(
      {.stream = TypeId("ctr", {static_cast<std::uint8_t>(commit.sequence.value)}),
       .version = journal::Version(1),
       .type = "counter.added"});
  return commit;
}

class FileDisksTest : public testing::Test {
 protected:
  FileDisksTest() { disks.restart(); }
  /// Appends one commit; how that ended, or nothing when nobody said.
  std::optional<journal::AppendOutcome> append() {
    const Result<journal::Head> head = disks.journal().acquire(kOnly);
    if (!head) return std::nullopt;
    std::optional<journal::AppendOutcome> outcome;
    disks.journal().append(kOnly, head->epoch, next_commit(*head),
                           [&](journal::AppendOutcome ended) { outcome = std::move(ended); });
    host.step_until_idle();
    return outcome;
  }
  bool appended() {
    const auto outcome = append();
    return outcome && std::holds_alternative<journal::Appended>(*outcome);
  }
  void crash() {
    disks.crash(random);
    disks.restart();
  }
  std::uint64_t commits() { return disks.journal().head(kOnly)->sequence.value; }

  ManualHost host{1};
  SeededRandom random{1};
  std::function<DiskFault(const DiskCall&)> fault;
  FileDisks disks{host, 7,
                  [this](const DiskCall& call) { return fault ? fault(call) : DiskFault::None; }};
};

TEST_F(FileDisksTest, what_was_appended_outlives_every_crash) {
  for (std::uint64_t life = 1; life <= 30; ++life) {
    ASSERT_TRUE(appended()) << life;
    crash();
    ASSERT_EQ(commits(), life);
    EXPECT_FALSE(disks.must_end());
    EXPECT_FALSE(disks.faulted());
  }
}

TEST_F(FileDisksTest, a_sync_of_the_journal_that_fails_ends_the_processes) {
  ASSERT_TRUE(appended());
  fault = [](const DiskCall& call) {
    const bool fails = call.kind == DiskCallKind::Sync && FileDisks::is_journal(call.path);
    return fails ? DiskFault::InputOutputError : DiskFault::None;
  };
  EXPECT_FALSE(appended());
  EXPECT_TRUE(disks.journal_failed());
  EXPECT_TRUE(disks.must_end());
  EXPECT_TRUE(disks.faulted());
  fault = nullptr;
  crash();
  EXPECT_FALSE(disks.must_end());
  EXPECT_GE(commits(), 1U);
  EXPECT_TRUE(appended());
}

TEST_F(FileDisksTest, a_full_disk_refuses_and_takes_more_when_there_is_room) {
  ASSERT_TRUE(appended());
  fault = [](const DiskCall& call) {
    return call.kind == DiskCallKind::Write ? DiskFault::NoSpace : DiskFault::None;
  };
  EXPECT_FALSE(appended());
  EXPECT_FALSE(disks.must_end());
  fault = nullptr;
  EXPECT_TRUE(appended());
  EXPECT_EQ(commits(), 2U);
}

TEST_F(FileDisksTest, a_process_stopped_in_a_call_must_end) {
  fault = [](const DiskCall&) { return DiskFault::Stop; };
  EXPECT_FALSE(appended());
  EXPECT_TRUE(disks.must_end());
  // However often it fails to start on a disk like that, it starts at last.
  crash();
  fault = nullptr;
  EXPECT_TRUE(appended());
}

TEST_F(FileDisksTest, checkpoints_are_lost_or_out_of_reach_on_demand) {
  const engine::CheckpointMark mark{.sequence = journal::Sequence(3)};
  ASSERT_TRUE(disks.checkpoints().save(kOnly, mark, {}));
  disks.set_checkpoints_down(true);
  EXPECT_FALSE(disks.checkpoints().save(kOnly, {.sequence = journal::Sequence(4)}, {}));
  EXPECT_FALSE(disks.must_end());
  disks.set_checkpoints_down(false);
  EXPECT_EQ(disks.checkpoints().latest(kOnly)->sequence.value, 3U);
  // Nothing that the disk fails at keeps them.
  fault = [](const DiskCall& call) {
    return call.kind == DiskCallKind::Delete ? DiskFault::InputOutputError : DiskFault::None;
  };
  disks.crash(random);
  disks.lose_checkpoints();
  disks.restart();
  EXPECT_EQ(disks.checkpoints().latest(kOnly)->sequence.value, 0U);
}

TEST_F(FileDisksTest, a_lost_read_model_is_another_file) {
  const std::string before = disks.read_model_file();
  EXPECT_EQ(disks.read_model_file(), before);
  disks.lose_read_model();
  EXPECT_NE(disks.read_model_file(), before);
}

}  // namespace
}  // namespace remit::lab::sim
