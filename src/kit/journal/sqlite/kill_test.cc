#include "kit/base/check.h"
#include "kit/base/random.h"
#include "kit/journal/commit_record.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/journal/verify_chain.h"

#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <future>
#include <mutex>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

/// The embedded journal under kill -9: a child appends and tells what was acknowledged; the parent kills it in the middle.
namespace remit::journal {
namespace {

constexpr PartitionId kPartition{1};
constexpr int kRounds = 10;
constexpr std::uint64_t kAppendsUnderWay = 16;

/// What the child says for each commit that it was told is durable. Smaller than PIPE_BUF, so a line is whole or absent.
struct Acknowledged {
  std::uint64_t sequence;
  std::uint64_t position;
  Hash256 chain;
};

Commit next(const Head& head) {
  const std::uint64_t number = head.sequence.value + 1;
  Commit commit{.sequence = head.sequence.next(),
                .first_position = head.position.next(),
                .time = Timestamp(std::chrono::seconds(1'787'218'200))};
  commit.causes.push_back(
      {.command = TypeId::derive("cmd", as_bytes("kill"), std::to_string(number))});
  for (std::uint64_t event = 0; event <= number % 3; ++event) {
    commit.events.push_back(
        {.stream = TypeId::derive("pay", as_bytes("kill"), std::to_string(number)),
         .version = Version(event + 1),
         .type = "payment.created",
         .payload = Bytes(1 + (number * 37) % 3000, std::byte{7})});
  }
  return commit;
}

/// Appends with several under way until it is killed.
[[noreturn]] void append_until_killed(const std::string& path, int acknowledge) {
  const auto opened = SqliteJournal::open(path, {.index_memory_entries_max = 256});
  CHECK(opened.has_value(), "{}", opened.error().describe());
  Journal& journal = **opened;
  Head ahead = *journal.acquire(kPartition);
  std::mutex mutex;
  std::condition_variable ended;
  std::uint64_t under_way = 0;
  while (true) {
    {
      std::unique_lock lock(mutex);
      ended.wait(lock, [&] { return under_way < kAppendsUnderWay; });
      ++under_way;
    }
    Commit commit = next(ahead);
    ahead.sequence = commit.sequence;
    ahead.position = last_position(commit);
    journal.append(kPartition, ahead.epoch, std::move(commit), [&](AppendOutcome outcome) {
      const Head made = std::get<Appended>(outcome).head;
      const Acknowledged line{made.sequence.value, made.position.value, made.chain};
      CHECK(::write(acknowledge, &line, sizeof line) == sizeof line, "the parent is gone");
      const std::lock_guard lock(mutex);
      --under_way;
      ended.notify_one();
    });
  }
}

class KillNine : public testing::Test {
 protected:
  KillNine() {
    folder_ = std::filesystem::temp_directory_path() /
              ("remit-kill-" + std::to_string(static_cast<long>(::getpid())));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~KillNine() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return (folder_ / "journal.db").string(); }

  /// Reads what the child acknowledges; kills it after `lines` of them and a moment more; reads what it still said.
  std::vector<Acknowledged> run_child_and_kill(std::uint64_t lines, Duration more) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      append_until_killed(path(), ends[1]);
    }
    ::close(ends[1]);
    std::vector<Acknowledged> said;
    Acknowledged line{};
    while (said.size() < lines && ::read(ends[0], &line, sizeof line) == sizeof line) {
      said.push_back(line);
    }
    ::poll(nullptr, 0, static_cast<int>(more.count() / 1000));
    EXPECT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it ended by itself";
    while (::read(ends[0], &line, sizeof line) == sizeof line) said.push_back(line);
    ::close(ends[0]);
    return said;
  }

  std::filesystem::path folder_;
};

void expect_all_there(Journal& journal, const std::vector<Acknowledged>& said) {
  const auto report = verify_chain(journal, kPartition);
  ASSERT_TRUE(report) << report.error().describe();
  ASSERT_FALSE(report->broken) << report->broken->why;
  for (const Acknowledged& line : said) {
    const auto commits =
        journal.read_commits(kPartition, Sequence(line.sequence), {.events_max = 1});
    ASSERT_TRUE(commits) << commits.error().describe();
    ASSERT_FALSE(commits->empty()) << "commit " << line.sequence << " was acknowledged";
    ASSERT_EQ(commits->front().chain, line.chain);
    ASSERT_EQ(last_position(commits->front().commit), Position(line.position));
  }
  Position expected{1};
  while (true) {
    const auto events = journal.read(kPartition, expected, {});
    ASSERT_TRUE(events) << events.error().describe();
    if (events->empty()) break;
    for (const Event& event : *events) {
      ASSERT_EQ(event.position, expected);
      expected = expected.next();
    }
  }
  ASSERT_EQ(expected, report->head.position.next());
}

AppendOutcome append(Journal& journal, Epoch epoch, Commit commit) {
  std::promise<AppendOutcome> ended;
  journal.append(kPartition, epoch, std::move(commit),
                 [&](AppendOutcome outcome) { ended.set_value(std::move(outcome)); });
  return ended.get_future().get();
}

/// The killed writer's epoch is refused from then on, and the next one's goes on where the log ends.
void expect_next_epoch_appends(Journal& journal, Epoch& last) {
  const auto stale = journal.head(kPartition);
  ASSERT_TRUE(stale) << stale.error().describe();
  ASSERT_GT(stale->epoch, last);
  const auto taken = journal.acquire(kPartition);
  ASSERT_TRUE(taken) << taken.error().describe();
  ASSERT_GT(taken->epoch, stale->epoch);
  ASSERT_TRUE(std::holds_alternative<AppendFenced>(append(journal, stale->epoch, next(*stale))));
  const AppendOutcome mine = append(journal, taken->epoch, next(*taken));
  ASSERT_TRUE(std::holds_alternative<Appended>(mine));
  const StreamId stream =
      TypeId::derive("pay", as_bytes("kill"), std::to_string(taken->sequence.value + 1));
  ASSERT_FALSE(journal.read_stream(kPartition, stream, Version(1), {})->empty());
  last = taken->epoch;
}

TEST_F(KillNine, WhatWasAcknowledgedIsThere) {
  SeededRandom random(20260820);
  std::vector<Acknowledged> said;
  Epoch last;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t lines = 1 + random.below(200);
    const Duration more(random.below(20'000));
    for (const Acknowledged& line : run_child_and_kill(lines, more)) said.push_back(line);
    ASSERT_FALSE(said.empty());
    const auto journal = SqliteJournal::open(path(), {.index_memory_entries_max = 256});
    ASSERT_TRUE(journal) << "round " << round << ": " << journal.error().describe();
    ASSERT_NO_FATAL_FAILURE(expect_all_there(**journal, said)) << "round " << round;
    ASSERT_NO_FATAL_FAILURE(expect_next_epoch_appends(**journal, last)) << "round " << round;
    const StreamId stream =
        TypeId::derive("pay", as_bytes("kill"), std::to_string(said.front().sequence));
    ASSERT_FALSE((*journal)->read_stream(kPartition, stream, Version(1), {})->empty());
  }
}

}  // namespace
}  // namespace remit::journal
