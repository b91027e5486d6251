#include "kit/base/check.h"
#include "kit/journal/commit_record.h"
#include "kit/journal/journal.h"
#include "kit/journal/memory/memory_journal.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/sqlite/simulated/simulated_disk.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

/// What every driver of the journal must do, in one suite.
namespace remit::journal {
namespace {

constexpr PartitionId kPartition(1);
constexpr PartitionId kOther(2);
const Timestamp kStart = Timestamp(std::chrono::seconds(1'767'225'600));

/// A driver under test: opens the same journal again after the last one was closed.
struct Driver {
  virtual ~Driver() = default;
  virtual void reopen() = 0;
  virtual Journal& journal() = 0;
};

struct MemoryDriver final : Driver {
  void reopen() override {}
  Journal& journal() override { return memory; }
  MemoryJournal memory;
};

struct SqliteDriver final : Driver {
  SqliteDriver() {
    static std::atomic<int> count = 0;
    folder = std::filesystem::temp_directory_path() /
             ("remit-journal-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(folder);
    reopen();
  }
  ~SqliteDriver() override {
    sqlite.reset();
    std::filesystem::remove_all(folder);
  }
  void reopen() override {
    sqlite.reset();
    auto opened =
        SqliteJournal::open((folder / "journal.db").string(), {.index_memory_entries_max = 64});
    CHECK(opened.has_value(), "{}", opened.error().describe());
    sqlite = std::move(*opened);
  }
  Journal& journal() override { return *sqlite; }
  std::filesystem::path folder;
  std::unique_ptr<SqliteJournal> sqlite;
};

/// The same driver on a disk in memory, which proves the simulated disk.
struct SimulatedDriver final : Driver {
  SimulatedDriver() { reopen(); }
  void reopen() override {
    sqlite.reset();
    disk.restart(false);
    auto opened =
        SqliteJournal::open("/data/journal.db", {.index_memory_entries_max = 64}, {.disk = &disk});
    CHECK(opened.has_value(), "{}", opened.error().describe());
    sqlite = std::move(*opened);
  }
  Journal& journal() override { return *sqlite; }
  sqlite::SimulatedDisk disk{1};
  std::unique_ptr<SqliteJournal> sqlite;
};

class JournalConformance : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "memory") {
      driver_ = std::make_unique<MemoryDriver>();
    } else if (GetParam() == "simulated_disk") {
      driver_ = std::make_unique<SimulatedDriver>();
    } else {
      driver_ = std::make_unique<SqliteDriver>();
    }
    head_ = *journal().acquire(kPartition);
  }
  Journal& journal() { return driver_->journal(); }

  TypeId stream(std::uint64_t number) {
    return TypeId::derive("pay", as_bytes("stream"), std::to_string(number));
  }
  Receipt receipt(const std::string& key, const std::string& answer) {
    return {client_, key, sha256(as_bytes(key)), to_bytes(answer), kStart, head_.position};
  }
  /// The next commit after what `head_` says.
  Commit next(std::vector<std::pair<TypeId, std::uint64_t>> events,
              std::vector<Receipt> receipts = {}) {
    Commit commit{.sequence = head_.sequence.next(),
                  .first_position = head_.position.next(),
                  .time = std::max(head_.time, kStart) + std::chrono::seconds(1),
                  .receipts = std::move(receipts)};
    commit.causes.push_back(
        {.command = TypeId::derive("cmd", as_bytes("c"), "1"), .client = client_});
    for (const auto& [id, version] : events) {
      commit.events.push_back({.stream = id,
                               .version = Version(version),
                               .type = "thing.happened",
                               .payload = to_bytes(id.to_string())});
    }
    return commit;
  }
  AppendOutcome append(Commit commit, Epoch epoch, PartitionId partition = kPartition) {
    std::promise<AppendOutcome> promise;
    journal().append(partition, epoch, std::move(commit),
                     [&](AppendOutcome outcome) { promise.set_value(std::move(outcome)); });
    return promise.get_future().get();
  }
  void append_durably(Commit commit) {
    const AppendOutcome outcome = append(std::move(commit), head_.epoch);
    ASSERT_TRUE(std::holds_alternative<Appended>(outcome));
    head_ = std::get<Appended>(outcome).head;
  }

  const ClientId client_ = TypeId::derive("cli", as_bytes("client"), "");
  std::unique_ptr<Driver> driver_;
  Head head_;
};

TEST_P(JournalConformance, AnEmptyPartitionHasAHeadOfZeroes) {
  const Head head = *journal().head(kOther);
  EXPECT_EQ(head.sequence, Sequence(0));
  EXPECT_EQ(head.position, Position(0));
  EXPECT_EQ(head.epoch, Epoch(0));
  EXPECT_TRUE(journal().read(kOther, Position(1), {})->empty());
  EXPECT_TRUE(journal().read_commits(kOther, Sequence(1), {})->empty());
  EXPECT_TRUE(journal().read_stream(kOther, stream(1), Version(1), {})->empty());
  EXPECT_FALSE(journal().find_receipt(kOther, client_, "k", {})->has_value());
}

TEST_P(JournalConformance, WhatIsAppendedIsReadBackInOrder) {
  append_durably(next({{stream(1), 1}, {stream(2), 1}}));
  append_durably(next({{stream(1), 2}}, {receipt("key", "answer")}));
  EXPECT_EQ(head_.position, Position(3));
  EXPECT_EQ(head_.sequence, Sequence(2));
  driver_->reopen();
  EXPECT_EQ(*journal().head(kPartition), head_);

  const std::vector<Event> events = *journal().read(kPartition, Position(1), {});
  ASSERT_EQ(events.size(), 3U);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].position, Position(i + 1));
  EXPECT_EQ(events[2].stream, stream(1));
  EXPECT_EQ(events[2].version, Version(2));
  EXPECT_EQ(events[2].sequence, Sequence(2));
  EXPECT_EQ(events[2].type, "thing.happened");
  EXPECT_EQ(events[2].cause.client, client_);
  EXPECT_EQ(as_text(events[2].payload), stream(1).to_string());

  const std::vector<StoredCommit> commits = *journal().read_commits(kPartition, Sequence(2), {});
  ASSERT_EQ(commits.size(), 1U);
  EXPECT_EQ(commits[0].chain, head_.chain);
  EXPECT_EQ(commits[0].commit.receipts.size(), 1U);
}

TEST_P(JournalConformance, ReadsAreBoundedAndNeverEmptyBeforeTheEnd) {
  append_durably(next({{stream(1), 1}, {stream(1), 2}, {stream(1), 3}}));
  append_durably(next({{stream(1), 4}}));
  EXPECT_EQ(journal().read(kPartition, Position(1), {.events_max = 2})->size(), 2U);
  EXPECT_EQ(journal().read(kPartition, Position(3), {.events_max = 2})->size(), 2U);
  EXPECT_EQ(journal().read(kPartition, Position(4), {.bytes_max = 1})->size(), 1U);
  EXPECT_EQ(journal().read_commits(kPartition, Sequence(1), {.events_max = 1})->size(), 1U);
  EXPECT_TRUE(journal().read(kPartition, Position(5), {})->empty());
}

TEST_P(JournalConformance, StreamsAreFoundThroughManyCommitsAndARestart) {
  for (std::uint64_t round = 1; round <= 200; ++round) {
    append_durably(next({{stream(round), 1}, {stream(round % 3 + 1000), (round + 2) / 3}}));
  }
  for (int pass = 0; pass < 2; ++pass) {
    const auto own = *journal().read_stream(kPartition, stream(77), Version(1), {});
    ASSERT_EQ(own.size(), 1U);
    EXPECT_EQ(own[0].stream, stream(77));
    const auto shared = *journal().read_stream(kPartition, stream(1001), Version(1), {});
    ASSERT_EQ(shared.size(), 67U);
    for (std::size_t i = 1; i < shared.size(); ++i) {
      EXPECT_LT(shared[i - 1].position, shared[i].position);
      EXPECT_EQ(shared[i].version, Version(i + 1));
    }
    EXPECT_EQ(journal().read_stream(kPartition, stream(1001), Version(60), {})->size(), 8U);
    EXPECT_EQ(
        journal().read_stream(kPartition, stream(1001), Version(1), {.events_max = 5})->size(), 5U);
    EXPECT_TRUE(journal().read_stream(kPartition, stream(9999), Version(1), {})->empty());
    ASSERT_TRUE(journal().catch_up_indexes(kPartition).has_value());
    driver_->reopen();
  }
}

TEST_P(JournalConformance, ReceiptsAreFoundByClientAndKey) {
  append_durably(next({}, {receipt("a", "one")}));
  append_durably(next({{stream(1), 1}}, {receipt("b", "two"), receipt("c", "three")}));
  for (int pass = 0; pass < 2; ++pass) {
    const auto found = *journal().find_receipt(kPartition, client_, "b", {});
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(as_text(found->answer), "two");
    EXPECT_EQ(found->request, sha256(as_bytes("b")));
    EXPECT_FALSE(journal().find_receipt(kPartition, client_, "d", {})->has_value());
    EXPECT_FALSE(journal().find_receipt(kPartition, stream(1), "b", {})->has_value());
    EXPECT_FALSE(journal().find_receipt(kOther, client_, "b", {})->has_value());
    EXPECT_FALSE(journal()
                     .find_receipt(kPartition, client_, "b", kStart + std::chrono::hours(1))
                     ->has_value());
    driver_->reopen();
  }
}

TEST_P(JournalConformance, AnOlderEpochIsFenced) {
  append_durably(next({{stream(1), 1}}));
  const Head taken = *journal().acquire(kPartition);
  EXPECT_EQ(taken.epoch, head_.epoch.next());
  EXPECT_EQ(taken.sequence, head_.sequence);
  const AppendOutcome stale = append(next({{stream(1), 2}}), head_.epoch);
  ASSERT_TRUE(std::holds_alternative<AppendFenced>(stale));
  EXPECT_EQ(std::get<AppendFenced>(stale).current, taken.epoch);
  EXPECT_EQ(journal().head(kPartition)->sequence, Sequence(1));
  head_ = taken;
  append_durably(next({{stream(1), 2}}));
  driver_->reopen();
  EXPECT_EQ(journal().acquire(kPartition)->epoch, taken.epoch.next());
}

TEST_P(JournalConformance, WhatDoesNotFollowOnIsRefusedAndSoIsWhatComesBehind) {
  append_durably(next({{stream(1), 1}}));
  Commit gap = next({{stream(1), 2}});
  gap.sequence = gap.sequence.next();
  const AppendOutcome refused = append(gap, head_.epoch);
  ASSERT_TRUE(std::holds_alternative<AppendRefused>(refused));
  const AppendOutcome behind = append(next({{stream(1), 2}}), head_.epoch);
  ASSERT_TRUE(std::holds_alternative<AppendRefused>(behind));
  EXPECT_EQ(std::get<AppendRefused>(behind).error.reason, "append_out_of_order");
  head_ = *journal().acquire(kPartition);
  append_durably(next({{stream(1), 2}}));
}

TEST_P(JournalConformance, PartitionsAreIndependent) {
  const Head other = *journal().acquire(kOther);
  append_durably(next({{stream(1), 1}}));
  Commit commit = next({{stream(5), 1}});
  commit.sequence = Sequence(1);
  commit.first_position = Position(1);
  ASSERT_TRUE(std::holds_alternative<Appended>(append(commit, other.epoch, kOther)));
  EXPECT_EQ(journal().read(kOther, Position(1), {})->size(), 1U);
  EXPECT_TRUE(journal().read_stream(kPartition, stream(5), Version(1), {})->empty());
  EXPECT_NE(journal().head(kOther)->chain, journal().head(kPartition)->chain);
}

TEST_P(JournalConformance, ManyAppendsUnderWayEndInOrderAndWhatIsHeardIsDurable) {
  constexpr std::uint64_t kCommits = 200;
  std::vector<std::uint64_t> ended;
  std::atomic<std::uint64_t> heard = 0;
  journal().on_durable([&](PartitionId partition, const Head& head) {
    EXPECT_EQ(partition, kPartition);
    heard = head.sequence.value;
  });
  std::promise<void> last;
  std::atomic<bool> reading = true;
  std::thread reader([&] {
    while (reading) {
      const auto events = journal().read(kPartition, Position(1), {.events_max = 10'000});
      ASSERT_TRUE(events.has_value());
      for (std::size_t i = 0; i < events->size(); ++i)
        ASSERT_EQ((*events)[i].position, Position(i + 1));
    }
  });
  Head ahead = head_;
  for (std::uint64_t i = 1; i <= kCommits; ++i) {
    Commit commit = next({{stream(i), 1}, {stream(i), 2}});
    commit.sequence = ahead.sequence.next();
    commit.first_position = ahead.position.next();
    ahead.sequence = commit.sequence;
    ahead.position = last_position(commit);
    journal().append(kPartition, head_.epoch, std::move(commit), [&, i](AppendOutcome outcome) {
      ASSERT_TRUE(std::holds_alternative<Appended>(outcome));
      ended.push_back(std::get<Appended>(outcome).head.sequence.value);
      if (i == kCommits) last.set_value();
    });
  }
  last.get_future().get();
  reading = false;
  reader.join();
  ASSERT_EQ(ended.size(), kCommits);
  EXPECT_TRUE(std::ranges::is_sorted(ended));
  EXPECT_EQ(heard, kCommits);
  EXPECT_EQ(journal().head(kPartition)->position, Position(2 * kCommits));
}

TEST_P(JournalConformance, TheSameCommitsGiveTheSameChainInEveryDriver) {
  append_durably(next({{stream(1), 1}}, {receipt("k", "v")}));
  append_durably(next({{stream(2), 1}}));
  EXPECT_EQ(to_hex(view_of(head_.chain)),
            "c4eff8ce9b8037b9fcebeed51bb70df8fe22a9b6b5eb4d10f177f571388063d1");
}

INSTANTIATE_TEST_SUITE_P(Drivers, JournalConformance,
                         ::testing::Values("memory", "sqlite", "simulated_disk"),
                         [](const auto& driver) { return driver.param; });

}  // namespace
}  // namespace remit::journal
