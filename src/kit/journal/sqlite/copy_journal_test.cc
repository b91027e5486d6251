#include "kit/journal/sqlite/copy_journal.h"

#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/journal/verify_chain.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

/// A copy of a journal that is being written, and a cut of one that is not.
namespace remit::journal {
namespace {

namespace fs = std::filesystem;

constexpr PartitionId kPartition{1};
constexpr std::size_t kEventsPerCommit = 3;

class CopyJournal : public testing::Test {
 protected:
  CopyJournal() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    journal_ = *SqliteJournal::open(file(), {});
    head_ = *journal_->acquire(kPartition);
  }
  ~CopyJournal() override {
    journal_.reset();
    fs::remove_all(folder_);
  }

  void append(std::size_t payload_bytes = 100) {
    Commit commit{.sequence = head_.sequence.next(),
                  .first_position = head_.position.next(),
                  .time = Timestamp(std::chrono::seconds(1'787'218'200))};
    const std::string number = std::to_string(commit.sequence.value);
    commit.causes.push_back({.command = TypeId::derive("cmd", as_bytes("copy"), number)});
    for (std::size_t i = 0; i < kEventsPerCommit; ++i) {
      commit.events.push_back({.stream = TypeId::derive("pay", as_bytes("copy"), number),
                               .version = Version(i + 1),
                               .type = "payment.created",
                               .payload = Bytes(payload_bytes, std::byte{7})});
    }
    append(std::move(commit));
  }
  void append_receipt() {
    Commit commit{.sequence = head_.sequence.next(),
                  .first_position = head_.position.next(),
                  .time = Timestamp(std::chrono::seconds(1'787'218'200))};
    commit.receipts.push_back({.client = TypeId::derive("cli", as_bytes("copy"), "1"),
                               .key = "key",
                               .answer = {},
                               .time = commit.time,
                               .position = head_.position});
    append(std::move(commit));
  }
  void append(Commit commit) {
    std::promise<Head> made;
    journal_->append(kPartition, head_.epoch, std::move(commit), [&](AppendOutcome outcome) {
      made.set_value(std::get<Appended>(outcome).head);
    });
    head_ = made.get_future().get();
  }
  static Head proved(const std::string& path) {
    const auto journal = *SqliteJournal::open(path, {});
    const auto report = verify_chain(*journal, kPartition);
    EXPECT_TRUE(report && !report->broken);
    return report->head;
  }
  JournalCut cut(Position last) {
    journal_.reset();
    fs::remove(file() + "-index");
    const auto made = cut_journal(file(), kPartition, last);
    EXPECT_TRUE(made) << made.error().describe();
    return made.value_or(JournalCut{});
  }

  std::string file() const { return (folder_ / "journal.db").string(); }
  std::string copy() const { return (folder_ / "copy.db").string(); }

  const fs::path folder_ = fs::temp_directory_path() / fmt::format("remit-copy-{}", ::getpid());
  std::unique_ptr<SqliteJournal> journal_;
  Head head_;
};

TEST_F(CopyJournal, IsOfOneMomentWhileOthersAppend) {
  for (int i = 0; i < 400; ++i) append(20'000);
  const Head before = head_;
  int steps = 0;
  const auto heads = copy_journal(file(), copy(), [&](const sqlite::CopyProgress& progress) {
    ++steps;
    EXPECT_LE(progress.bytes_done, progress.bytes_total);
    append(20'000);
    return true;
  });
  ASSERT_TRUE(heads) << heads.error().describe();
  EXPECT_GT(steps, 3);
  EXPECT_EQ(heads->at(kPartition), before);
  EXPECT_EQ(proved(copy()), before);
  struct stat status{};
  ASSERT_EQ(::stat(copy().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(CopyJournal, EndsWhenItIsTold) {
  append();
  const auto stopped =
      copy_journal(file(), copy(), [](const sqlite::CopyProgress&) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().reason, "copy_stopped");
  const auto again = copy_journal(file(), copy(), [](const sqlite::CopyProgress&) { return true; });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "file_exists");
  append();
}

TEST_F(CopyJournal, CutTakesWholeCommits) {
  for (int i = 0; i < 10; ++i) append();
  const JournalCut made = cut(Position(14));
  EXPECT_EQ(made.head.position, Position(12));
  EXPECT_EQ(made.head.sequence, Sequence(4));
  EXPECT_EQ(made.commits_removed, 6U);
  EXPECT_EQ(made.events_removed, 18U);
  EXPECT_EQ(proved(file()).position, Position(12));
}

TEST_F(CopyJournal, CutAtTheEndOfACommitKeepsItAndItsReceipts) {
  append();
  append_receipt();
  append();
  const JournalCut made = cut(Position(3));
  EXPECT_EQ(made.head.position, Position(3));
  EXPECT_EQ(made.head.sequence, Sequence(2));
  EXPECT_EQ(made.events_removed, 3U);
}

TEST_F(CopyJournal, CutKnowsItsBounds) {
  append();
  append_receipt();
  EXPECT_EQ(cut(Position(3)).commits_removed, 0U);
  const auto beyond = cut_journal(file(), kPartition, Position(4));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().reason, "position_beyond_end");
  EXPECT_EQ(cut(Position(0)).head.position, Position(0));
  EXPECT_EQ(proved(file()).sequence, Sequence(0));
}

}  // namespace
}  // namespace remit::journal
