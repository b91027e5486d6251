#include "kit/service/data_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

namespace remit::service {
namespace {

using std::filesystem::perms;

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("remit-data-directory-{}-{}", ::getpid(), ++count);
  }
  ~DataDirectoryTest() override { std::filesystem::remove_all(path_); }
  std::string refusal() {
    const auto opened = DataDirectory::open(path_);
    return opened ? "" : opened.error().reason;
  }
  std::filesystem::path path_;
};

TEST_F(DataDirectoryTest, makes_private_parts_and_opens_again) {
  {
    const auto directory = DataDirectory::open(path_);
    ASSERT_TRUE(directory) << directory.error().describe();
    for (const auto& part :
         {path_, directory->journal(), directory->keys(), directory->read_models()}) {
      EXPECT_EQ(std::filesystem::status(part).permissions(), perms::owner_all) << part;
    }
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(DataDirectoryTest, two_cannot_share_it_and_the_second_hears_who_has_it) {
  auto first = DataDirectory::open(path_);
  ASSERT_TRUE(first);
  const auto second = DataDirectory::open(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "data_directory_in_use");
  EXPECT_THAT(second.error().message, testing::HasSubstr(fmt::format("process {};", ::getpid())));
  // Who moved it away still holds it.
  auto moved = std::make_unique<DataDirectory>(std::move(*first));
  EXPECT_EQ(refusal(), "data_directory_in_use");
  first = fail(ErrorCode::Internal, "gone", "Gone.");
  moved.reset();
  EXPECT_EQ(refusal(), "");
}

TEST_F(DataDirectoryTest, refuses_a_newer_or_damaged_format_and_adds_nothing) {
  std::filesystem::create_directories(path_);
  std::ofstream(path_ / "format") << "2\n";
  EXPECT_EQ(refusal(), "data_directory_too_new");
  EXPECT_FALSE(std::filesystem::exists(path_ / "journal"));
  for (const char* damaged : {"", "x\n", "1", "0\n", "1 \n"}) {
    std::ofstream(path_ / "format", std::ios::trunc) << damaged;
    EXPECT_EQ(refusal(), "data_directory_format_unreadable") << damaged;
  }
}

}  // namespace
}  // namespace remit::service
