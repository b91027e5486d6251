#include "kit/base/codec/golden_test.h"
#include "kit/base/durable_file.h"
#include "kit/base/manual_host.h"
#include "kit/journal/heads/check_heads.h"
#include "kit/journal/heads/head_key.h"
#include "kit/journal/heads/head_recorder.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/sqlite/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <unistd.h>

namespace remit::journal {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr PartitionId kSystem{0};
constexpr PartitionId kPartition{1};
constexpr Duration kInterval = std::chrono::minutes(1);

class SignedHeads : public testing::Test {
 protected:
  SignedHeads() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    open_journal();
  }
  ~SignedHeads() override {
    stop();
    journal_.reset();
    fs::remove_all(folder_);
  }

  void open_journal() {
    journal_ = *SqliteJournal::open((folder_ / "journal.db").string(), {});
    head_ = *journal_->acquire(kPartition);
  }
  void append(int commits = 1) {
    for (int i = 0; i < commits; ++i) {
      Commit commit{.sequence = head_.sequence.next(),
                    .first_position = head_.position.next(),
                    .time = ManualHost::kStart};
      const std::string number = std::to_string(commit.sequence.value);
      commit.causes.push_back({.command = TypeId::derive("cmd", as_bytes("head"), number)});
      commit.events.push_back({.stream = TypeId::derive("pay", as_bytes("head"), number),
                               .version = Version(1),
                               .type = "payment.created",
                               .payload = to_bytes(payload_)});
      std::promise<Head> made;
      journal_->append(kPartition, head_.epoch, std::move(commit), [&](AppendOutcome outcome) {
        made.set_value(std::get<Appended>(outcome).head);
      });
      head_ = made.get_future().get();
    }
  }
  /// The end of the journal is cut off, by somebody who knows how it is stored.
  void cut_after(Sequence sequence) {
    stop();
    journal_.reset();
    {
      auto database = *sqlite::Database::open((folder_ / "journal.db").string(), {});
      ASSERT_TRUE(database.execute(fmt::format(
          "DELETE FROM commits WHERE partition = 1 AND id > {}", (1ULL << 40U) + sequence.value)));
    }
    open_journal();
  }

  Result<void> start(std::size_t file_bytes_max = HeadFile::kBytesMax) {
    recorder_ = TRY(HeadRecorder::open(
        {*journal_, host_, entropy_, [this](const Error& error) { failures_.push_back(error); }},
        {.file = file_.path(),
         .key_file = folder_ / "heads.key",
         .interval = kInterval,
         .file_bytes_max = file_bytes_max}));
    recorder_->start({kSystem, kPartition});
    host_.step_until_idle();
    return {};
  }
  void stop() {
    if (recorder_) recorder_->stop();
    recorder_.reset();
  }
  std::vector<SignedHead> heads() { return *file_.read(); }
  std::vector<std::uint64_t> sequences() {
    std::vector<std::uint64_t> all;
    for (const SignedHead& head : heads()) all.push_back(head.sequence.value);
    return all;
  }
  std::vector<std::string> faults() {
    const auto key = load_head_public_key(file_.public_key_path());
    EXPECT_TRUE(key) << key.error().describe();
    const auto report = check_heads(*journal_, heads(), *key);
    EXPECT_TRUE(report) << report.error().describe();
    return report->faults;
  }
  std::string text() const {
    return std::string(as_text(*read_file(file_.path().string(), 1 << 20)));
  }
  void write(const std::string& text) const { std::ofstream(file_.path()) << text; }

  const fs::path folder_ = fs::temp_directory_path() / fmt::format("remit-heads-{}", ::getpid());
  HeadFile file_{folder_ / "heads.jsonl"};
  ManualHost host_{1};
  SeededEntropy entropy_{1};
  std::string payload_ = "a payload";
  std::vector<Error> failures_;
  std::unique_ptr<SqliteJournal> journal_;
  Head head_;
  std::unique_ptr<HeadRecorder> recorder_;
};

TEST_F(SignedHeads, AreWrittenAtStartWhenTheyMovedAndAtTheEnd) {
  ASSERT_TRUE(start());
  EXPECT_TRUE(heads().empty()) << "nothing was appended yet";
  append(3);
  host_.advance(kInterval / 2);
  EXPECT_TRUE(heads().empty()) << "at most once per interval";
  host_.advance(kInterval / 2);
  EXPECT_THAT(sequences(), testing::ElementsAre(3));
  host_.advance(kInterval * 10);
  EXPECT_THAT(sequences(), testing::ElementsAre(3)) << "it did not move";
  append(2);
  stop();
  EXPECT_THAT(sequences(), testing::ElementsAre(3, 5));
  append();
  ASSERT_TRUE(start());
  EXPECT_THAT(sequences(), testing::ElementsAre(3, 5, 6));
  stop();
  ASSERT_TRUE(start());
  stop();
  EXPECT_THAT(sequences(), testing::ElementsAre(3, 5, 6));
  EXPECT_EQ(heads().back().chain, head_.chain);
  EXPECT_EQ(heads().back().position, head_.position);
  EXPECT_EQ(heads().back().time, ManualHost::kStart + kInterval * 11);
  EXPECT_TRUE(faults().empty());
  EXPECT_TRUE(failures_.empty());
}

TEST_F(SignedHeads, ACutJournalIsFoundAndNotServed) {
  append(5);
  ASSERT_TRUE(start());
  append(5);
  cut_after(Sequence(7));
  ASSERT_EQ(faults().size(), 1u);
  EXPECT_THAT(faults()[0],
              HasSubstr("truncated: signed head at position 10 of 2026-01-01T00:00:00Z is beyond "
                        "the end 7 of partition 1"));
  const auto refused = start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_EQ(refused.error().reason, "journal_contradicts_heads");
  EXPECT_THAT(refused.error().message, HasSubstr(file_.path().string()));

  fs::rename(file_.path(), folder_ / "kept.jsonl");
  EXPECT_TRUE(start()) << "what there is was accepted";
}

TEST_F(SignedHeads, AJournalThatWentOnAfterACutIsFoundAsRewritten) {
  append(10);
  ASSERT_TRUE(start());
  cut_after(Sequence(7));
  payload_ = "another payload";
  append(8);
  ASSERT_EQ(faults().size(), 1u);
  EXPECT_THAT(faults()[0], HasSubstr("rewritten: the signed head at position 10 of "));
  EXPECT_EQ(start().error().reason, "journal_contradicts_heads");
}

TEST_F(SignedHeads, AForgedLineIsFound) {
  append(3);
  ASSERT_TRUE(start());
  stop();
  const std::string good = text();
  // Somebody who cut the journal back to commit 2 makes the line fit.
  std::string forged = good;
  forged.replace(forged.find("\"sequence\":3"), 12, "\"sequence\":2");
  write(forged);
  ASSERT_EQ(faults().size(), 1u);
  EXPECT_THAT(faults()[0], HasSubstr("forged: the signed head at position 3 of "));
  EXPECT_EQ(start().error().reason, "journal_contradicts_heads");

  // Or signs it with another key.
  write("");
  fs::remove(folder_ / "heads.key");
  ASSERT_TRUE(start());
  stop();
  const auto other = Ed25519PrivateKey::make(entropy_).public_key();
  EXPECT_THAT(check_heads(*journal_, heads(), other)->faults,
              testing::ElementsAre(HasSubstr("forged: ")));
  write(good);
  EXPECT_EQ(start().error().reason, "journal_contradicts_heads") << "the key of these is gone";
}

TEST_F(SignedHeads, EveryFieldOfALineIsSigned) {
  const auto key = Ed25519PrivateKey::make(entropy_);
  append();
  const SignedHead good = sign_head(kPartition, head_, ManualHost::kStart, key);
  EXPECT_TRUE(signature_holds(good, key.public_key()));
  EXPECT_EQ(*from_line(to_line(good)), good);
  std::vector<SignedHead> changed(6, good);
  changed[0].partition = PartitionId(2);
  changed[1].sequence = Sequence(9);
  changed[2].position = Position(9);
  changed[3].chain[31] ^= std::byte{1};
  changed[4].time += Duration(1);
  changed[5].signature[0] ^= std::byte{1};
  for (const SignedHead& head : changed) {
    EXPECT_FALSE(signature_holds(head, key.public_key())) << to_line(head);
  }
}

TEST_F(SignedHeads, TheLineIsWhatWasReleased) {
  const auto key = Ed25519PrivateKey::make(entropy_);
  const Head head{Sequence(42), Position(130), ManualHost::kStart, sha256(as_bytes("chain")),
                  Epoch(7)};
  const SignedHead signed_head = sign_head(kPartition, head, ManualHost::kStart, key);
  codec::expect_golden_text("journal/signed_head.json", to_line(signed_head) + "\n");
  codec::expect_golden_text("journal/signed_head.txt", signed_text(signed_head) + "\n");
}

TEST_F(SignedHeads, HalfALineIsPassedOverAndCutOffAtTheNextStart) {
  append(3);
  ASSERT_TRUE(start());
  append(3);
  stop();
  const std::string whole = text();
  write(whole.substr(0, whole.size() - 40));
  EXPECT_THAT(sequences(), testing::ElementsAre(3));
  EXPECT_TRUE(faults().empty());
  ASSERT_TRUE(start());
  EXPECT_THAT(sequences(), testing::ElementsAre(3, 6)) << "and signed again";
  EXPECT_TRUE(faults().empty());
}

TEST_F(SignedHeads, AWholeLineThatIsNoHeadIsNamed) {
  append(3);
  ASSERT_TRUE(start());
  stop();
  write(text() + "{\"partition\":1}\n");
  const auto read = file_.read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::Corrupt);
  EXPECT_EQ(read.error().reason, "head_line_damaged");
  EXPECT_THAT(read.error().message, HasSubstr("Line 2 of "));
  EXPECT_EQ(start().error().reason, "head_line_damaged");
}

TEST_F(SignedHeads, AFullFileIsMovedAsideAndTheNextBeginsWithAllHeads) {
  append();
  ASSERT_TRUE(start(1000));
  for (int minute = 0; minute < 20; ++minute) {
    append();
    host_.advance(kInterval);
    ASSERT_LE(fs::file_size(file_.path()), 1500u);
  }
  EXPECT_TRUE(fs::exists(file_.path_before()));
  EXPECT_EQ(heads().back().sequence, Sequence(21));
  EXPECT_GT(heads().size(), 2u);
  EXPECT_LT(heads().size(), 12u);
  EXPECT_TRUE(faults().empty());
  // A partition at rest is in each new file too.
  stop();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(start(1));
    stop();
    EXPECT_THAT(text(), HasSubstr("\"sequence\":21,"));
  }
}

TEST_F(SignedHeads, AFileThatCannotBeWrittenIsToldAndTriedAgain) {
  ASSERT_TRUE(start());
  append();
  fs::remove(file_.path());
  fs::create_directory(file_.path());
  host_.advance(kInterval);
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_EQ(failures_[0].reason, "file_not_written");
  EXPECT_EQ(recorder_->stats().failures, 1u);
  fs::remove(file_.path());
  host_.advance(kInterval);
  EXPECT_THAT(sequences(), testing::ElementsAre(1));
  EXPECT_EQ(recorder_->stats().recorded, 1u);
}

TEST_F(SignedHeads, AreWrittenWhileOthersAppend) {
  SystemClock clock;
  const std::unique_ptr<Host> host = make_thread_host(clock);
  recorder_ = *HeadRecorder::open(
      {*journal_, *host, entropy_, [this](const Error& error) { failures_.push_back(error); }},
      {.file = file_.path(), .key_file = folder_ / "heads.key", .interval = Duration(100)});
  recorder_->start({kSystem, kPartition});
  append(50);
  stop();
  EXPECT_TRUE(std::ranges::is_sorted(sequences()));
  EXPECT_EQ(heads().back().chain, head_.chain);
  EXPECT_TRUE(faults().empty());
  EXPECT_TRUE(failures_.empty());
}

TEST_F(SignedHeads, TheKeyIsKeptFromOthersAndItsPublicHalfIsNot) {
  ASSERT_TRUE(start());
  stop();
  EXPECT_EQ(fs::status(folder_ / "heads.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(fs::exists(folder_ / "heads.pub"));
  fs::permissions(folder_ / "heads.key", fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(start().error().reason, "key_exposed");
  EXPECT_EQ(load_head_public_key(folder_ / "journal.db").error().reason, "file_too_large");
}

}  // namespace
}  // namespace remit::journal
