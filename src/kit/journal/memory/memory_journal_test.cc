#include "kit/journal/memory/memory_journal.h"

#include "kit/base/manual_host.h"

#include <gtest/gtest.h>

#include <set>

namespace remit::journal {
namespace {

constexpr PartitionId kPartition{1};

Commit commit_after(const Head& head) {
  Commit commit;
  commit.sequence = head.sequence.next();
  commit.first_position = head.position.next();
  commit.time = ManualHost::kStart;
  commit.causes.push_back({.command = TypeId("cmd", {1})});
  commit.events.push_back({.stream = TypeId("ctr", {1}),
                           .version = Version(commit.first_position.value),
                           .type = "counter.changed",
                           .payload = to_bytes("payload")});
  return commit;
}

/// Three appends under way when the process dies: whatever is found afterwards is a prefix of them, and it can be gone on
/// from.
TEST(MemoryJournalCrash, what_survives_is_a_prefix_and_the_torn_rest_is_cut) {
  std::set<std::uint64_t> survived;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    ManualHost host(seed);
    SeededRandom random(seed);
    MemoryJournal journal(host, std::chrono::milliseconds(1));
    const Head opened = *journal.acquire(kPartition);
    Head next = opened;
    int answers = 0;
    for (int i = 0; i < 3; ++i) {
      const Commit commit = commit_after(next);
      next.sequence = commit.sequence;
      next.position = commit.first_position;
      journal.append(kPartition, opened.epoch, commit, [&](const AppendOutcome&) { ++answers; });
    }
    const bool one_was_answered = seed % 2 == 0;
    if (one_was_answered) host.advance(std::chrono::milliseconds(1));
    journal.crash(random);
    host.advance(std::chrono::seconds(1));
    EXPECT_EQ(answers, one_was_answered ? 1 : 0) << "the dead hear nothing";

    const Head head = *journal.acquire(kPartition);
    EXPECT_GT(head.epoch, opened.epoch);
    EXPECT_GE(head.sequence.value, one_was_answered ? 1U : 0U) << "what was answered is there";
    EXPECT_LE(head.sequence.value, 3U);
    survived.insert(head.sequence.value);
    EXPECT_EQ(journal.read_commits(kPartition, Sequence(1), {})->size(), head.sequence.value);
    EXPECT_EQ(journal.read_stream(kPartition, TypeId("ctr", {1}), Version(1), {})->size(),
              head.position.value);
    bool appended = false;
    journal.append(kPartition, head.epoch, commit_after(head), [&](const AppendOutcome& outcome) {
      appended = std::holds_alternative<Appended>(outcome);
    });
    host.advance(std::chrono::seconds(1));
    EXPECT_TRUE(appended);
  }
  EXPECT_EQ(survived.size(), 4U) << "none, some and all of them";
}

}  // namespace
}  // namespace remit::journal
