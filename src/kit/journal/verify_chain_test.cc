#include "kit/journal/verify_chain.h"

#include "kit/base/random.h"
#include "kit/journal/commit_record.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/sqlite/database.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <unistd.h>

namespace remit::journal {
namespace {

constexpr PartitionId kPartition{1};
constexpr std::uint64_t kCommits = 20;
constexpr std::uint64_t kEvents = 3;

class VerifyChain : public testing::Test {
 protected:
  VerifyChain() {
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("remit-chain-{}", static_cast<long>(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    fill();
  }
  ~VerifyChain() override { std::filesystem::remove_all(folder_); }

  std::string file() const { return (folder_ / "journal.db").string(); }

  void fill() {
    const auto journal = *SqliteJournal::open(file(), {});
    Head head = *journal->acquire(kPartition);
    SeededRandom random(1);
    for (std::uint64_t i = 0; i < kCommits; ++i) {
      Commit commit{.sequence = head.sequence.next(),
                    .first_position = head.position.next(),
                    .time = Timestamp(std::chrono::seconds(1'787'218'200))};
      commit.causes.push_back({.command = TypeId::make("cmd", commit.time, random)});
      for (std::uint64_t e = 0; e < kEvents; ++e) {
        commit.events.push_back({.stream = TypeId::make("pay", commit.time, random),
                                 .version = Version(1),
                                 .type = "payment.created",
                                 .payload = to_bytes("a payload")});
      }
      std::promise<Head> made;
      journal->append(kPartition, head.epoch, std::move(commit), [&](AppendOutcome outcome) {
        made.set_value(std::get<Appended>(outcome).head);
      });
      head = made.get_future().get();
    }
  }
  void change(const std::string& sql) {
    auto database = *sqlite::Database::open(file(), {});
    const auto changed = database.execute(sql);
    ASSERT_TRUE(changed) << changed.error().describe();
  }
  ChainReport verify() {
    const auto journal = SqliteJournal::open(file(), {});
    EXPECT_TRUE(journal) << journal.error().describe();
    const auto report = verify_chain(**journal, kPartition);
    EXPECT_TRUE(report) << report.error().describe();
    return *report;
  }

  std::filesystem::path folder_;
};

TEST_F(VerifyChain, HoldsForWhatWasWritten) {
  const ChainReport report = verify();
  EXPECT_FALSE(report.broken.has_value());
  EXPECT_EQ(report.commits, kCommits);
  EXPECT_EQ(report.events, kCommits * kEvents);
}

TEST_F(VerifyChain, NamesTheCommitOfAChangedByte) {
  change(
      "UPDATE commits SET body = substr(body, 1, length(body) - 4) || x'5a' || substr(body, -3) "
      "WHERE first_position = 19");
  const ChainReport report = verify();
  ASSERT_TRUE(report.broken.has_value());
  EXPECT_EQ(report.broken->sequence, Sequence(7));
  EXPECT_EQ(report.commits, 6u);
}

/// Also where the bytes still decode to the same values, such as the length of a struct that ends in a default.
TEST_F(VerifyChain, FindsAChangeOfEveryByte) {
  const auto journal = *SqliteJournal::open(file(), {});
  auto database = *sqlite::Database::open(file(), {.durability = sqlite::Durability::Normal});
  auto write = *database.prepare("UPDATE commits SET body = ? WHERE first_position = 19");
  const Bytes good =
      journal->read_commits(kPartition, Sequence(7), {.events_max = 1})->front().stored;
  ASSERT_GT(good.size(), 100u);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes changed = good;
    changed[at] ^= std::byte{1};
    ASSERT_TRUE(write.bind(changed).run());
    const auto report = verify_chain(*journal, kPartition);
    ASSERT_TRUE(report) << report.error().describe();
    ASSERT_TRUE(report->broken.has_value()) << "byte " << at;
    ASSERT_EQ(report->broken->sequence, Sequence(7)) << "byte " << at;
  }
  ASSERT_TRUE(write.bind(good).run());
  EXPECT_FALSE(verify_chain(*journal, kPartition)->broken.has_value());
}

TEST_F(VerifyChain, NamesAChainValueThatWasChangedToFit) {
  change("UPDATE commits SET chain = zeroblob(32) WHERE first_position = 4");
  const ChainReport report = verify();
  ASSERT_TRUE(report.broken.has_value());
  EXPECT_EQ(report.broken->sequence, Sequence(2));
  EXPECT_EQ(report.broken->first_position, Position(4));
  EXPECT_EQ(report.broken->last_position, Position(6));
  EXPECT_NE(report.broken->first_event.find("payment.created of pay_"), std::string::npos);
}

TEST_F(VerifyChain, NamesAnEndThatWasChanged) {
  change("UPDATE commits SET last_position = 61 WHERE first_position = 58");
  const ChainReport report = verify();
  ASSERT_TRUE(report.broken.has_value());
  EXPECT_EQ(report.broken->sequence, Sequence(20));
}

TEST_F(VerifyChain, NamesACommitThatIsGone) {
  change("DELETE FROM commits WHERE first_position = 31");
  const ChainReport report = verify();
  ASSERT_TRUE(report.broken.has_value());
  EXPECT_EQ(report.commits, 10u);
}

}  // namespace
}  // namespace remit::journal
