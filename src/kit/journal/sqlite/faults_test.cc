#include "kit/base/check.h"
#include "kit/journal/commit_record.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/journal/sqlite/writer.h"
#include "kit/journal/verify_chain.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/// What the embedded journal says, and keeps, when its file or its disk is not what it should be.
namespace remit::journal {
namespace {

constexpr PartitionId kPartition{1};
constexpr std::size_t kPayloadBytes = 8000;

Commit next(const Head& head) {
  Commit commit{.sequence = head.sequence.next(),
                .first_position = head.position.next(),
                .time = Timestamp(std::chrono::seconds(1'787'218'200))};
  const std::string number = std::to_string(commit.sequence.value);
  commit.causes.push_back({.command = TypeId::derive("cmd", as_bytes("fault"), number)});
  commit.events.push_back({.stream = TypeId::derive("pay", as_bytes("fault"), number),
                           .version = Version(1),
                           .type = "payment.created",
                           .payload = Bytes(kPayloadBytes, std::byte{7})});
  return commit;
}

template <class Appender>
AppendOutcome append(Appender& journal, const Head& head) {
  std::promise<AppendOutcome> ended;
  journal.append(kPartition, head.epoch, next(head),
                 [&](AppendOutcome outcome) { ended.set_value(std::move(outcome)); });
  return ended.get_future().get();
}

class SqliteJournalFaults : public testing::Test {
 protected:
  SqliteJournalFaults() {
    folder_ = std::filesystem::temp_directory_path() /
              ("remit-faults-" + std::to_string(static_cast<long>(::getpid())));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~SqliteJournalFaults() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return (folder_ / "journal.db").string(); }

  /// A journal of that many commits, closed.
  Head fill(int commits) {
    const auto journal = *SqliteJournal::open(path(), {.index_memory_entries_max = 8});
    Head head = *journal->acquire(kPartition);
    for (int i = 0; i < commits; ++i) head = std::get<Appended>(append(*journal, head)).head;
    EXPECT_TRUE(journal->catch_up_indexes(kPartition));
    return head;
  }
  Error open_error() {
    const auto opened = SqliteJournal::open(path(), {});
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  /// Everything up to the head is there, and the next commit follows on.
  void expect_goes_on_after(const Head& head) {
    const auto journal = SqliteJournal::open(path(), {});
    ASSERT_TRUE(journal) << journal.error().describe();
    const auto report = verify_chain(**journal, kPartition);
    ASSERT_TRUE(report) << report.error().describe();
    EXPECT_FALSE(report->broken);
    EXPECT_GE(report->head.sequence, head.sequence);
    EXPECT_EQ((*journal)->read_commits(kPartition, head.sequence, {})->front().chain, head.chain);
    const auto taken = (*journal)->acquire(kPartition);
    ASSERT_TRUE(taken) << taken.error().describe();
    EXPECT_TRUE(std::holds_alternative<Appended>(append(**journal, *taken)));
  }

  std::filesystem::path folder_;
};

TEST_F(SqliteJournalFaults, AFileThatIsNotADatabaseIsRefusedAndLeftAlone) {
  const std::string notes(5000, 'x');
  std::ofstream(path()) << notes;
  const Error error = open_error();
  EXPECT_EQ(error.code, ErrorCode::Corrupt);
  EXPECT_EQ(error.reason, "database_corrupt");
  EXPECT_NE(error.message.find("not a database"), std::string::npos) << error.message;
  std::stringstream left;
  left << std::ifstream(path()).rdbuf();
  EXPECT_EQ(left.str(), notes);
}

TEST_F(SqliteJournalFaults, ADatabaseOfSomethingElseIsRefused) {
  {
    auto database = *sqlite::Database::open(path(), {});
    ASSERT_TRUE(database.execute("CREATE TABLE notes(text)"));
  }
  EXPECT_EQ(open_error().reason, "wrong_file");
}

TEST_F(SqliteJournalFaults, ATruncatedFileIsRefusedWhereverItWasCut) {
  fill(20);
  const std::uintmax_t size = std::filesystem::file_size(path());
  for (const std::uintmax_t left :
       {size - 16'384, size / 2, std::uintmax_t{16'384}, std::uintmax_t{1}}) {
    std::filesystem::resize_file(path(), left);
    EXPECT_EQ(open_error().code, ErrorCode::Corrupt) << left << " of " << size << " bytes left";
  }
}

/// SQLite takes a file of no bytes for a new database; the index beside it knows better.
TEST_F(SqliteJournalFaults, AnEmptyFileBesideAnIndexIsNotANewJournal) {
  fill(20);
  std::filesystem::resize_file(path(), 0);
  EXPECT_EQ(open_error().reason, "journal_behind_index");
  std::filesystem::remove(path());
  EXPECT_EQ(open_error().reason, "journal_behind_index");
}

TEST_F(SqliteJournalFaults, AnOlderCopyIsRefusedUntilItsIndexIsDeleted) {
  const Head old = fill(3);
  std::filesystem::copy_file(path(), folder_ / "copy.db");
  fill(40);
  std::filesystem::copy_file(folder_ / "copy.db", path(),
                             std::filesystem::copy_options::overwrite_existing);
  const Error error = open_error();
  EXPECT_EQ(error.code, ErrorCode::Corrupt);
  EXPECT_EQ(error.reason, "journal_behind_index");
  EXPECT_NE(error.message.find(path() + "-index"), std::string::npos) << error.message;
  std::filesystem::remove(path() + "-index");
  expect_goes_on_after(old);
}

TEST_F(SqliteJournalFaults, AFileThatMayNotBeWrittenIsRefused) {
  fill(3);
  ASSERT_EQ(::chmod(path().c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0555), 0);
  // Root may write everything: ask as somebody else.
  const bool root = ::geteuid() == 0;
  ASSERT_EQ(root ? ::seteuid(65'534) : 0, 0);
  const Error error = open_error();
  ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  EXPECT_EQ(error.code, ErrorCode::FailedPrecondition) << error.describe();
  EXPECT_EQ(error.reason, "database_not_accessible");
}

TEST_F(SqliteJournalFaults, AFullDiskRefusesAndKeepsWhatWasAcknowledged) {
  Head head = fill(1);
  bool refused = false;
  {
    CommitTable table = *CommitTable::open(path(), {});
    ASSERT_TRUE(table.database().execute("PRAGMA max_page_count=40"));
    SystemClock clock;
    const auto host = make_thread_host(clock);
    const auto look_ups = *LookUps::open(path() + "-index", 8, *host);
    RecentCommits recent(1024 * 1024);
    SqliteWriter writer(std::move(table), *look_ups, recent, {}, *host);
    head = *writer.acquire(kPartition);
    for (int i = 0; i < 200 && !refused; ++i) {
      const AppendOutcome outcome = append(writer, head);
      if (const auto* appended = std::get_if<Appended>(&outcome)) {
        head = appended->head;
        continue;
      }
      ASSERT_TRUE(std::holds_alternative<AppendRefused>(outcome));
      EXPECT_EQ(std::get<AppendRefused>(outcome).error.reason, "disk_full");
      EXPECT_EQ(std::get<AppendRefused>(outcome).error.code, ErrorCode::Unavailable);
      refused = true;
    }
    ASSERT_TRUE(refused);
    const AppendOutcome behind = append(writer, head);
    EXPECT_EQ(std::get<AppendRefused>(behind).error.reason, "append_out_of_order");
  }
  expect_goes_on_after(head);
}

/// What the child of the next test tells before it ends.
struct ChildReport {
  Head acknowledged;
  bool unknown = false;         ///< The write that failed ended as unknown,
  bool refused_after = false;   ///< those behind it as refused,
  bool acquire_failed = false;  ///< and the journal has to be opened anew.
};

ChildReport append_until_the_disk_fails(const std::string& path) {
  ChildReport report;
  // A write beyond this size fails with EFBIG, which is to SQLite what a broken disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  const auto journal = *SqliteJournal::open(path, {});
  report.acknowledged = *journal->acquire(kPartition);
  const rlimit limit{.rlim_cur = 1'000'000, .rlim_max = 1'000'000};
  CHECK(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  for (int i = 0; i < 1000; ++i) {
    const AppendOutcome outcome = append(*journal, report.acknowledged);
    if (const auto* appended = std::get_if<Appended>(&outcome)) {
      report.acknowledged = appended->head;
      continue;
    }
    report.unknown = std::holds_alternative<AppendUnknown>(outcome);
    break;
  }
  const AppendOutcome behind = append(*journal, report.acknowledged);
  const auto* refused = std::get_if<AppendRefused>(&behind);
  report.refused_after = refused != nullptr && refused->error.reason == "journal_failed";
  const auto again = journal->acquire(kPartition);
  report.acquire_failed = !again && again.error().reason == "journal_failed";
  return report;
}

TEST_F(SqliteJournalFaults, AfterAWriteThatFailedTheOutcomeIsUnknownAndNothingAcknowledgedIsLost) {
  fill(1);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const ChildReport report = append_until_the_disk_fails(path());
    const bool told = ::write(ends[1], &report, sizeof report) == sizeof report;
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  ChildReport report;
  EXPECT_EQ(::read(ends[0], &report, sizeof report), static_cast<ssize_t>(sizeof report));
  ::close(ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_GT(report.acknowledged.sequence, Sequence(10));
  EXPECT_TRUE(report.unknown);
  EXPECT_TRUE(report.refused_after);
  EXPECT_TRUE(report.acquire_failed);
  expect_goes_on_after(report.acknowledged);
}

}  // namespace
}  // namespace remit::journal
