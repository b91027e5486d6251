#include "kit/journal/sqlite/recent_commits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace remit::journal {
namespace {

using testing::ElementsAre;

constexpr PartitionId kPartition{1};

/// The commit with this sequence, whose events have the types.
Commit commit(std::uint64_t sequence, std::uint64_t first, std::vector<std::string> types) {
  Commit made{
      .sequence = Sequence(sequence), .first_position = Position(first), .causes = {Cause{}}};
  for (std::string& type : types) {
    made.events.push_back({.stream = TypeId("acc", {1}), .type = std::move(type)});
  }
  return made;
}

std::vector<std::uint64_t> positions(const std::optional<EventPage>& page) {
  std::vector<std::uint64_t> found;
  if (page) {
    for (const Event& event : page->events) found.push_back(event.position.value);
  }
  return found;
}

TEST(RecentCommits, GivesWhatItHoldsFromAnyPositionOn) {
  RecentCommits recent(1000);
  recent.add(kPartition, commit(4, 10, {"a", "b"}), 10);
  recent.add(kPartition, commit(5, 12, {}), 10);
  recent.add(kPartition, commit(6, 12, {"a", "b", "a"}), 10);
  EXPECT_THAT(positions(recent.read(kPartition, Position(11), {}, {})),
              ElementsAre(11, 12, 13, 14));
  EXPECT_FALSE(recent.read(kPartition, Position(9), {}, {})) << "older: on the disk";
  EXPECT_FALSE(recent.read(kPartition, Position(15), {}, {})) << "perhaps by another process";
  EXPECT_FALSE(recent.read(PartitionId(2), Position(11), {}, {}));
  const auto two = recent.read(kPartition, Position(10), {.events_max = 2}, {});
  EXPECT_THAT(positions(two), ElementsAre(10, 11));
  EXPECT_TRUE(two->more);
  EXPECT_FALSE(recent.read(kPartition, Position(10), {}, {})->more);
}

TEST(RecentCommits, LeavesOutWhatIsNotWantedAndSaysHowFarItLooked) {
  RecentCommits recent(1000);
  recent.add(kPartition, commit(1, 1, {"a", "b", "a", "c"}), 10);
  const auto page =
      recent.read(kPartition, Position(1), {}, [](std::string_view type) { return type == "a"; });
  EXPECT_THAT(positions(page), ElementsAre(1, 3));
  EXPECT_EQ(page->through, Position(4));
}

TEST(RecentCommits, ForgetsTheOldestBeyondItsBytes) {
  RecentCommits recent(25);
  for (std::uint64_t i = 1; i <= 4; ++i) recent.add(kPartition, commit(i, i, {"a"}), 10);
  EXPECT_FALSE(recent.read(kPartition, Position(2), {}, {}));
  EXPECT_THAT(positions(recent.read(kPartition, Position(3), {}, {})), ElementsAre(3, 4));
  recent.add(kPartition, commit(5, 5, {"a"}), 1000);
  EXPECT_FALSE(recent.read(kPartition, Position(5), {}, {})) << "larger than all that it may hold";
}

/// Another process appended in between: nothing may be passed over.
TEST(RecentCommits, AGapMakesItForget) {
  RecentCommits recent(1000);
  recent.add(kPartition, commit(1, 1, {"a"}), 10);
  recent.add(kPartition, commit(3, 3, {"a"}), 10);
  EXPECT_FALSE(recent.read(kPartition, Position(1), {}, {}));
  EXPECT_THAT(positions(recent.read(kPartition, Position(3), {}, {})), ElementsAre(3));
}

}  // namespace
}  // namespace remit::journal
