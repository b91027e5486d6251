#include "app/prove/tally.h"

#include "app/prove/report_file.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace remit::app {
namespace {

using lab::faults::Action;
using lab::faults::Call;
using lab::faults::Place;

FaultHappened happened(CallClass one, std::optional<int> end) {
  return {.plan = plan_at(one, Action::Kill, 3),
          .hit = {.at = one, .index = 3, .times = 1},
          .end = end,
          .seconds = 0.5};
}

std::vector<FaultRunReport> reports() {
  const CallClass write{Place::JournalWal, Call::Write};
  const CallClass send{Place::Bank, Call::Send};
  FaultRunReport holds;
  holds.faults = {happened(write, 137), happened(send, std::nullopt), happened(write, 74)};
  FaultRunReport fails;
  fails.faults = {happened(send, 137)};
  fails.findings = {R"(payment "pay_1" is paid twice)"};
  return {holds, fails, {}};
}

TEST(Tally, CountsRunsFaultsDeathsAndWhatCameToNothing) {
  Tally tally;
  for (const FaultRunReport& report : reports()) tally.count(report);
  EXPECT_EQ(tally.runs, 3U);
  EXPECT_EQ(tally.failed, 1U);
  EXPECT_EQ(tally.unmet, 1U);
  EXPECT_EQ(tally.faults, 4U);
  EXPECT_EQ(tally.deaths, 3U);
  EXPECT_EQ(tally.classes.at("journal-wal/write"), 2U);
  EXPECT_EQ(tally.classes.at("bank/send"), 2U);
}

TEST(Tally, HoldsUnlessARunFailedOrTooManyMetNoFault) {
  EXPECT_TRUE((Tally{.runs = 10, .unmet = 2}.holds()));
  EXPECT_FALSE((Tally{.runs = 10, .unmet = 3}.holds()));
  EXPECT_FALSE((Tally{.runs = 10, .failed = 1}.holds()));
}

TEST(Tally, OfAnEarlierSessionIsTheSame) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("tally." + std::to_string(::getpid()));
  Tally direct;
  {
    ReportFile file = *ReportFile::open(path, false);
    for (const FaultRunReport& report : reports()) {
      ASSERT_TRUE(file.add("kills", 1, "", report));
      ASSERT_TRUE(file.add("errors", 1, "", report));
      direct.count(report);
    }
  }
  Tally resumed;
  ReportFile::open(path, true)->for_each("kills", [&](const codec::JsonNode& line) {
    resumed.count(line);
  });
  std::filesystem::remove(path);
  EXPECT_EQ(resumed.runs, direct.runs);
  EXPECT_EQ(resumed.failed, direct.failed);
  EXPECT_EQ(resumed.unmet, direct.unmet);
  EXPECT_EQ(resumed.faults, direct.faults);
  EXPECT_EQ(resumed.deaths, direct.deaths);
  EXPECT_EQ(resumed.classes, direct.classes);
}

TEST(ReportFile, ThatCannotBeWrittenSaysSo) {
  const auto nowhere = ReportFile::open("/proc/nothing/report.jsonl", false);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().reason, "report_not_written");
  auto full = ReportFile::open("/dev/full", false);
  ASSERT_TRUE(full);
  const auto added = full->add("kills", 1, "", {});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().reason, "report_not_written");
}

}  // namespace
}  // namespace remit::app
