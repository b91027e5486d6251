#include "app/certificate_watch.h"

#include "kit/base/durable_file.h"
#include "kit/base/manual_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <unistd.h>

namespace remit::app {
namespace {

class CertificateWatchTest : public testing::Test {
 protected:
  CertificateWatchTest() {
    std::filesystem::create_directories(folder_);
    write("one");
  }
  ~CertificateWatchTest() override {
    watch_.stop();
    std::filesystem::remove_all(folder_);
  }

  void write(std::string_view text) {
    EXPECT_TRUE(write_file_durably(file(), as_bytes(text), 0600));
  }
  std::string file() const { return (folder_ / "key.pem").string(); }
  WatchedFiles files(std::string settings = "kid-1") {
    return {
        .bank = "one",
        .use = "signing",
        .paths = {file()},
        .settings = settings,
        .take = [this, settings]() -> Result<std::vector<CertificateExpiry>> {
          if (fails_) return fail(ErrorCode::Unavailable, "file_unreadable", "EIO.");
          const Bytes bytes = TRY(read_file(file(), 100));
          if (as_text(bytes) == "bad") return fail(ErrorCode::InvalidArgument, "bad", "Bad.");
          in_use_ = settings + " " + std::string(as_text(bytes));
          ++taken_;
          return std::vector<CertificateExpiry>{{"transport", Timestamp(std::chrono::hours(1))}};
        }};
  }
  CertificateWatch::Stats stats() { return watch_.stats().at(0); }
  void pass_time() { host_.advance(kCertificateLookInterval); }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("certificate-watch-" + std::to_string(::getpid()));
  ManualHost host_{1};
  std::vector<std::string> lines_;
  service::Log log_{host_.clock(), service::LogLevel::Info,
                    [this](std::string_view line) { lines_.emplace_back(line); }};
  CertificateWatch watch_{host_, service::Logger(log_, "test")};
  std::string in_use_;
  int taken_ = 0;
  bool fails_ = false;
};

TEST_F(CertificateWatchTest, TakesWhatChangedAndNothingElse) {
  ASSERT_TRUE(watch_.add(files()));
  EXPECT_EQ(in_use_, "kid-1 one");
  watch_.start();
  host_.step_until_idle();
  pass_time();
  pass_time();
  EXPECT_EQ(taken_, 1);
  EXPECT_TRUE(lines_.empty());
  write("two");
  host_.step_until_idle();
  EXPECT_EQ(in_use_, "kid-1 one");
  pass_time();
  EXPECT_EQ(in_use_, "kid-1 two");
  EXPECT_EQ(stats().taken_total, 1u);
  EXPECT_EQ(stats().expiries.at(0).kind, "transport");
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], testing::HasSubstr(R"("bank":"one")"));
}

TEST_F(CertificateWatchTest, WhatCannotBeUsedLeavesTheOldInUseAndIsToldOnce) {
  ASSERT_TRUE(watch_.add(files()));
  watch_.start();
  write("bad");
  for (int look = 0; look < 3; ++look) pass_time();
  EXPECT_EQ(in_use_, "kid-1 one");
  EXPECT_TRUE(stats().unusable);
  EXPECT_EQ(stats().refused_total, 1u);
  EXPECT_EQ(stats().expiries.size(), 1u);
  EXPECT_EQ(lines_.size(), 1u);
  std::filesystem::remove(file());
  pass_time();
  EXPECT_EQ(stats().refused_total, 2u);
  write("three");
  pass_time();
  EXPECT_EQ(in_use_, "kid-1 three");
  EXPECT_FALSE(stats().unusable);
}

TEST_F(CertificateWatchTest, WhatOnlyCouldNotBeReadForAWhileIsTakenLater) {
  ASSERT_TRUE(watch_.add(files()));
  watch_.start();
  write("two");
  fails_ = true;
  for (int look = 0; look < 3; ++look) pass_time();
  EXPECT_TRUE(stats().unusable);
  EXPECT_EQ(stats().refused_total, 1u);
  fails_ = false;
  pass_time();
  EXPECT_EQ(in_use_, "kid-1 two");
  EXPECT_FALSE(stats().unusable);
  EXPECT_EQ(taken_, 2);
}

TEST_F(CertificateWatchTest, LooksAtOnceWhenAskedAndTakesOtherSettings) {
  ASSERT_TRUE(watch_.add(files()));
  watch_.start();
  host_.step_until_idle();
  watch_.change(files("kid-2"));
  WatchedFiles of_another = files("kid-3");
  of_another.bank = "another";
  watch_.change(std::move(of_another));
  watch_.look_now();
  host_.step_until_idle();
  EXPECT_EQ(in_use_, "kid-2 one");
}

TEST_F(CertificateWatchTest, FilesThatCannotBeUsedAtTheStartAreNotWatched) {
  write("bad");
  EXPECT_FALSE(watch_.add(files()));
  EXPECT_TRUE(watch_.stats().empty());
}

}  // namespace
}  // namespace remit::app
