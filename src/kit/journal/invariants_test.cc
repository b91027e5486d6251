#include "kit/journal/invariants.h"

#include "kit/journal/commit_record.h"
#include "kit/journal/memory/memory_journal.h"

#include <gtest/gtest.h>

namespace remit::journal {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds(1'787'218'200)};
const TypeId kStream("pay", {1});
const ClientId kClient("cli", {1});

NewEvent event(std::uint64_t version, const StreamId& stream = kStream) {
  return {.stream = stream, .version = Version(version), .type = "payment.created"};
}

/// The next commit behind `before`, an hour later; what a test spoils it does afterwards.
StoredCommit next(const StoredCommit& before, std::vector<NewEvent> events = {event(1)}) {
  StoredCommit stored{.epoch = Epoch(1)};
  stored.commit.sequence = before.commit.sequence.next();
  stored.commit.first_position = before.commit.first_position.plus(before.commit.events.size());
  stored.commit.time = before.commit.time + hours(1);
  stored.commit.causes.push_back({.command = TypeId("cmd", {1})});
  stored.commit.events = std::move(events);
  return stored;
}
StoredCommit first(std::vector<NewEvent> events = {event(1)}) {
  StoredCommit nothing;
  nothing.commit.first_position = Position(1);
  nothing.commit.time = kStart;
  return next(nothing, std::move(events));
}

/// What is found wrong with the last of them; the ones before it must be right.
std::string found(std::unique_ptr<Invariant> invariant, const std::vector<StoredCommit>& commits) {
  for (std::size_t i = 0; i + 1 < commits.size(); ++i)
    EXPECT_EQ(invariant->look(commits[i]), Violation());
  return invariant->look(commits.back()).value_or("");
}

TEST(JournalInvariants, a_position_that_is_left_out_is_found) {
  const StoredCommit one = first();
  StoredCommit two = next(one, {event(2)});
  EXPECT_EQ(found(positions_have_no_gaps(), {one, two}), "");
  two.commit.first_position = Position(3);
  EXPECT_EQ(found(positions_have_no_gaps(), {one, two}), "commit 2 begins at position 3, behind 1");
  two.commit.sequence = Sequence(3);
  EXPECT_EQ(found(positions_have_no_gaps(), {one, two}), "commit 3 stands behind commit 1");
}

TEST(JournalInvariants, a_version_that_is_left_out_or_there_twice_is_found) {
  const StoredCommit one = first({event(1), event(1, TypeId("pay", {2})), event(2)});
  EXPECT_EQ(found(versions_have_no_gaps(), {one, next(one, {event(3)})}), "");
  EXPECT_EQ(found(versions_have_no_gaps(), {one, next(one, {event(4)})}),
            kStream.to_string() + " has version 4 behind 2, in commit 2");
  EXPECT_EQ(found(versions_have_no_gaps(), {one, next(one, {event(2)})}),
            kStream.to_string() + " has version 2 behind 2, in commit 2");
}

TEST(JournalInvariants, a_commit_of_an_earlier_moment_is_found) {
  const StoredCommit one = first();
  StoredCommit two = next(one);
  two.commit.time = one.commit.time;
  EXPECT_EQ(found(time_never_goes_back(), {one, two}), "");
  two.commit.time = one.commit.time - seconds(1);
  EXPECT_NE(found(time_never_goes_back(), {one, two}), "");
}

TEST(JournalInvariants, a_writer_that_was_overtaken_is_found) {
  const StoredCommit one = first();
  StoredCommit two = next(one);
  two.epoch = Epoch(3);
  EXPECT_EQ(found(epochs_never_fall(), {one, two}), "");
  EXPECT_EQ(found(epochs_never_fall(), {one, two, next(two)}),
            "commit 3 was appended by the writer of epoch 1 after that of 3");
}

TEST(JournalInvariants, an_event_without_a_cause_is_found) {
  StoredCommit one = first();
  EXPECT_EQ(found(events_have_a_cause(), {one}), "");
  one.commit.events[0].cause = 1;
  EXPECT_NE(found(events_have_a_cause(), {one}), "");
  one.commit.events[0].cause = 0;
  one.commit.causes[0].command = TypeId();
  EXPECT_NE(found(events_have_a_cause(), {one}), "");
}

StoredCommit answered(const StoredCommit& before, const std::string& key) {
  StoredCommit stored = next(before);
  stored.commit.receipts.push_back({.client = kClient, .key = key, .time = stored.commit.time});
  return stored;
}

TEST(JournalInvariants, a_key_that_is_answered_again_within_its_retention_is_found) {
  const StoredCommit one = answered(first(), "key");
  const StoredCommit other = answered(one, "another key");
  EXPECT_EQ(found(keys_are_answered_once(hours(10)), {one, other}), "");
  EXPECT_EQ(
      found(keys_are_answered_once(hours(10)), {one, other, answered(other, "key")}),
      "the key 'key' of " + kClient.to_string() + " is answered in commit 2 and again in commit 4");
  StoredCommit late = answered(other, "key");
  late.commit.time += hours(9);
  EXPECT_EQ(found(keys_are_answered_once(hours(10)), {one, other, late}), "");
}

TEST(InvariantWatch, reads_on_from_where_it_stopped_and_names_the_first_violation) {
  constexpr PartitionId kPartition{1};
  MemoryJournal journal;
  const Epoch epoch = journal.acquire(kPartition)->epoch;
  const auto append = [&](const StoredCommit& stored) {
    journal.append(kPartition, epoch, stored.commit, [](const AppendOutcome& outcome) {
      EXPECT_TRUE(std::holds_alternative<Appended>(outcome));
    });
  };
  std::vector<std::unique_ptr<Invariant>> all;
  all.push_back(positions_have_no_gaps());
  all.push_back(versions_have_no_gaps());
  InvariantWatch watch(std::move(all));
  const StoredCommit one = first();
  append(one);
  ASSERT_TRUE(watch.follow(journal, kPartition));
  EXPECT_EQ(watch.first_violation(), Violation());
  EXPECT_EQ(watch.findings()[0].seen, "1 commits, 1 events");
  append(next(one, {event(3)}));
  ASSERT_TRUE(watch.follow(journal, kPartition));
  EXPECT_EQ(watch.first_violation(), "versions have no gaps: " + kStream.to_string() +
                                         " has version 3 behind 1, in commit 2");
  EXPECT_EQ(watch.findings()[0].violation, Violation());
  EXPECT_EQ(watch.findings()[0].seen, "2 commits, 2 events");
}

}  // namespace
}  // namespace remit::journal
