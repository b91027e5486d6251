#include "kit/journal/sqlite/storage_script_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

/// The journal on a disk of which each call fails in turn: with an input or output error, for want of space, after a part of
/// the write; once, and from then on.
namespace remit::journal::script {
namespace {

using sqlite::DiskCall;
using sqlite::DiskCallKind;
using sqlite::DiskFault;
using sqlite::SimulatedDisk;

/// Of the course without a fault.
std::vector<DiskCallKind> kinds_of_calls() {
  std::vector<DiskCallKind> kinds;
  SimulatedDisk disk(0);
  Told told;
  disk.set_faults([&](const DiskCall& call) {
    kinds.push_back(call.kind);
    return DiskFault::None;
  });
  EXPECT_FALSE(run_process(disk, told).error);
  return kinds;
}

struct Plan {
  DiskFault fault;
  bool sticky;
  std::uint64_t at;                           ///< The call that fails.
  std::uint64_t stop_at = ~std::uint64_t{0};  ///< The call before which the process ends.
};

/// Counts in `calls`.
auto faults_of(const Plan& plan, std::uint64_t& calls) {
  return [plan, &calls](const DiskCall&) {
    const std::uint64_t number = calls++;
    if (number >= plan.stop_at) return DiskFault::Stop;
    return number == plan.at || (plan.sticky && number > plan.at) ? plan.fault : DiskFault::None;
  };
}

std::string described(const Plan& plan) {
  return fmt::format("fault {} at call {}{}, stop at {}", static_cast<int>(plan.fault), plan.at,
                     plan.sticky ? " and from then on" : "", plan.stop_at);
}

struct Counts {
  std::uint64_t runs = 0;
  std::uint64_t errors = 0;    ///< Courses that were ended by an error.
  std::uint64_t survived = 0;  ///< Those that had a fault and came to their end all the same.
};

/// One course with the fault, then others on what it left: the process ends, another goes on for a while and is cut off by a
/// power cut, a third one comes to the end. True when the fault was met.
bool run_plan(const Plan& plan, Counts& counts) {
  SimulatedDisk disk(plan.at);
  SeededRandom random(plan.at);
  Told told;
  std::uint64_t calls = 0;
  disk.set_faults(faults_of(plan, calls));
  const End end = run_process(disk, told);
  const bool met = calls > plan.at;
  ++counts.runs;
  counts.errors += end.error ? 1 : 0;
  counts.survived += met && !end.error ? 1 : 0;
  EXPECT_TRUE(met || !end.error) << end.error->describe();
  EXPECT_TRUE(end.refused_after) << described(plan) << ": it went on after "
                                 << end.error->describe();

  disk.restart(disk.stopped());
  std::uint64_t calls_of_second = 0;
  disk.set_faults(faults_of({DiskFault::None, false, 0, random.below(200)}, calls_of_second));
  const End second = run_process(disk, told);
  EXPECT_TRUE(disk.stopped() || !second.error)
      << described(plan) << ": " << second.error->describe();
  disk.set_faults(nullptr);
  disk.restart(true);
  const auto fault = find_fault(disk, told);
  EXPECT_FALSE(fault) << described(plan) << ": " << *fault;
  const End third = run_process(disk, told);
  EXPECT_FALSE(third.error) << described(plan) << ": " << third.error->describe();
  const auto fault_at_end = find_fault(disk, told);
  EXPECT_FALSE(fault_at_end) << described(plan) << ": " << *fault_at_end;
  return met;
}

class ErrorLoopsSlow : public testing::TestWithParam<std::pair<DiskFault, bool>> {};

TEST_P(ErrorLoopsSlow, NothingAcknowledgedIsLostWhicheverCallFails) {
  const auto [fault, sticky] = GetParam();
  const std::vector<DiskCallKind> kinds = kinds_of_calls();
  Counts counts;
  SeededRandom random(7);
  for (std::uint64_t at = 0; at < kinds.size() && !HasFailure(); ++at) {
    // Other calls fail in one way only.
    if (fault != DiskFault::InputOutputError && kinds[at] != DiskCallKind::Write) continue;
    EXPECT_TRUE(run_plan({fault, sticky, at}, counts)) << at;
    if (sticky || at % 2 == 0) continue;
    run_plan({fault, sticky, at, at + 1 + random.below(150)}, counts);
  }
  fmt::print("{} calls, {} courses, {} ended by an error, {} came through\n", kinds.size(),
             counts.runs, counts.errors, counts.survived);
  EXPECT_GT(kinds.size(), 700U);
}

INSTANTIATE_TEST_SUITE_P(Faults, ErrorLoopsSlow,
                         testing::Values(std::pair(DiskFault::InputOutputError, false),
                                         std::pair(DiskFault::InputOutputError, true),
                                         std::pair(DiskFault::NoSpace, false),
                                         std::pair(DiskFault::NoSpace, true),
                                         std::pair(DiskFault::ShortWrite, false)),
                         [](const auto& test) {
                           const char* name = test.param.first == DiskFault::NoSpace ? "NoSpace"
                                              : test.param.first == DiskFault::ShortWrite
                                                  ? "ShortWrite"
                                                  : "InputOutputError";
                           return fmt::format("{}{}", name,
                                              test.param.second ? "FromThenOn" : "Once");
                         });

/// Fails the calls of one kind for one file while `armed`.
struct FileFault {
  DiskCallKind kind;
  std::string path;
  bool armed = false;
  std::uint64_t hits = 0;

  DiskFault operator()(const DiskCall& call) {
    if (!armed || call.kind != kind || call.path != path) return DiskFault::None;
    ++hits;
    return DiskFault::InputOutputError;
  }
};

class DiskFailures : public testing::Test {
 protected:
  DiskFailures() {
    auto opened = SqliteJournal::open(kFile, kOptions, {.host = &host_, .disk = &disk_});
    EXPECT_TRUE(opened) << opened.error().describe();
    journal_ = std::move(*opened);
    journal_->on_failed([this](const Error& error) { failures_.push_back(error); });
    head_ = *journal_->acquire(kPartition);
  }

  AppendOutcome append() {
    std::optional<AppendOutcome> ended;
    journal_->append(kPartition, head_.epoch, commit_of(kPartition, head_.sequence.value + 1),
                     [&](AppendOutcome outcome) { ended = std::move(outcome); });
    host_.step_until_idle();
    CHECK(ended.has_value(), "an append without an end");
    if (const auto* appended = std::get_if<Appended>(&*ended)) head_ = appended->head;
    return *std::move(ended);
  }
  /// The fault lives as long as the disk, which is asked until the journal is closed.
  FileFault& fail(FileFault fault) {
    fault_ = std::move(fault);
    disk_.set_faults([this](const DiskCall& call) { return fault_(call); });
    return fault_;
  }

  static constexpr PartitionId kPartition = kPartitions[0];
  ManualHost host_{1};
  FileFault fault_{};
  SimulatedDisk disk_{1};
  std::unique_ptr<SqliteJournal> journal_;
  Head head_;
  std::vector<Error> failures_;
};

TEST_F(DiskFailures, AFailedSyncOfAnAppendIsToldOnceAndNothingIsTakenAnyMore) {
  FileFault& fault = fail({DiskCallKind::Sync, std::string(kFile) + "-wal"});
  EXPECT_TRUE(std::holds_alternative<Appended>(append()));
  fault.armed = true;
  EXPECT_TRUE(std::holds_alternative<AppendUnknown>(append()));
  fault.armed = false;
  EXPECT_EQ(std::get<AppendRefused>(append()).error.reason, "journal_failed");
  EXPECT_EQ(journal_->acquire(kPartition).error().reason, "journal_failed");
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_EQ(failures_.front().reason, "journal_failed");
  journal_->on_failed([this](const Error& error) { failures_.push_back(error); });
  EXPECT_EQ(failures_.size(), 2U) << "who asks late hears of it too";
}

TEST_F(DiskFailures, AnEpochWhoseSyncFailedIsAFailureToo) {
  FileFault& fault = fail({DiskCallKind::Sync, std::string(kFile) + "-wal", true});
  EXPECT_EQ(journal_->acquire(kPartition).error().code, ErrorCode::OutcomeUnknown);
  fault.armed = false;
  EXPECT_EQ(journal_->acquire(kPartition).error().reason, "journal_failed");
  EXPECT_EQ(failures_.size(), 1U);
}

/// SQLite by itself keeps this to itself, and tries again with what the system no longer means to write.
TEST_F(DiskFailures, AFailedSyncOfTheFileWhenTheLogIsMovedIntoItIsAFailure) {
  FileFault& fault = fail({DiskCallKind::Sync, kFile, true});
  AppendOutcome last = append();
  while (std::holds_alternative<Appended>(last) && head_.sequence.value < kCommits) last = append();
  EXPECT_GT(fault.hits, 0U);
  EXPECT_TRUE(std::holds_alternative<AppendUnknown>(last));
  EXPECT_EQ(failures_.size(), 1U);
}

TEST_F(DiskFailures, AnIndexThatCannotBeWrittenStopsTheJournalInsteadOfGrowing) {
  FileFault& fault = fail({DiskCallKind::Write, std::string(kFile) + "-index-wal", true});
  AppendOutcome last = append();
  while (std::holds_alternative<Appended>(last) && head_.sequence.value < kCommits) last = append();
  EXPECT_EQ(fault.hits, 1U);
  EXPECT_EQ(failures_.size(), 1U);
}

TEST_F(DiskFailures, AnIndexThatCannotBeReadIsAnErrorAndNotAnEndlessSearch) {
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(std::holds_alternative<Appended>(append()));
  ASSERT_TRUE(journal_->catch_up_indexes(kPartition));
  journal_.reset();
  auto opened = SqliteJournal::open(kFile, kOptions, {.host = &host_, .disk = &disk_});
  ASSERT_TRUE(opened);
  journal_ = std::move(*opened);
  FileFault& fault = fail({DiskCallKind::Read, std::string(kFile) + "-index", true});
  const auto found = journal_->find_receipt(kPartition, kClient, receipt_key(1), Timestamp());
  EXPECT_GT(fault.hits, 0U);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason, "disk_error");
  fault.armed = false;
  EXPECT_TRUE(*journal_->find_receipt(kPartition, kClient, receipt_key(1), Timestamp()));
}

TEST_F(DiskFailures, AFullDiskRefusesAndHealsByItself) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(std::holds_alternative<Appended>(append()));
  disk_.set_capacity(disk_.image().bytes_used() + 4096);
  AppendOutcome last = append();
  while (std::holds_alternative<Appended>(last)) last = append();
  ASSERT_TRUE(std::holds_alternative<AppendRefused>(last));
  EXPECT_EQ(std::get<AppendRefused>(last).error.reason, "disk_full");
  // What stood in the WAL's way makes room for an epoch, perhaps, and for no commit.
  const auto taken = journal_->acquire(kPartition);
  EXPECT_TRUE(taken || taken.error().reason == "disk_full") << taken.error().describe();
  disk_.set_capacity(~std::uint64_t{0});
  head_ = *journal_->acquire(kPartition);
  while (head_.sequence.value < kCommits) {
    ASSERT_TRUE(std::holds_alternative<Appended>(append()));
  }
  host_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(journal_->catch_up_indexes(kPartition));
  EXPECT_TRUE(failures_.empty());
}

}  // namespace
}  // namespace remit::journal::script
