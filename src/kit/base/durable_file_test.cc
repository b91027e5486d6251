#include "kit/base/durable_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace {
/// 0: as many as are asked for.
std::size_t read_bytes_max = 0;
bool interrupt_next = false;
}  // namespace

/// In place of libc's: a system may give less than was asked for, and seldom does.
extern "C" ssize_t pread(int file, void* into, std::size_t bytes, off_t offset) {
  if (std::exchange(interrupt_next, false)) {
    errno = EINTR;
    return -1;
  }
  const std::size_t most = read_bytes_max == 0 ? bytes : std::min(bytes, read_bytes_max);
  return ::syscall(SYS_pread64, file, into, most, offset);
}

namespace remit {
namespace {

namespace fs = std::filesystem;

class DurableFileTest : public testing::Test {
 protected:
  DurableFileTest()
      : root_(fs::temp_directory_path() / ("remit_file_" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
  }
  ~DurableFileTest() override { fs::remove_all(root_); }

  const fs::path root_;
  const std::string file_ = (root_ / "file").string();
};

TEST_F(DurableFileTest, ReplacesTheWholeFileWithTheModeAsked) {
  ASSERT_TRUE(ensure_directory(root_.string()));
  ASSERT_TRUE(ensure_directory(root_.string()));
  ASSERT_TRUE(write_file_durably(file_, as_bytes("a longer text"), 0644));
  ASSERT_TRUE(write_file_durably(file_, as_bytes("short"), 0600));
  EXPECT_EQ(as_text(read_file(file_, 5).value()), "short");
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(fs::exists(file_ + ".new"));
}

TEST_F(DurableFileTest, SaysWhatIsWrong) {
  EXPECT_EQ(write_file_durably(file_, {}, 0600).error().reason, "file_not_written");
  EXPECT_EQ(read_file(file_, 10).error().code, ErrorCode::NotFound);
  EXPECT_EQ(ensure_directory(file_ + "/deep").error().reason, "directory_not_made");
  ASSERT_TRUE(ensure_directory(root_.string()));
  ASSERT_TRUE(write_file_durably(file_, as_bytes("123456"), 0600));
  EXPECT_EQ(read_file(file_, 5).error().reason, "file_too_large");
  EXPECT_EQ(read_file(root_.string(), 5).error().reason, "file_unreadable");
}

TEST_F(DurableFileTest, AppendsLinesAndCutsOffTheHalfOfOne) {
  ASSERT_TRUE(ensure_directory(root_.string()));
  ASSERT_TRUE(append_lines_durably(file_, "", 0600));
  EXPECT_EQ(as_text(read_file(file_, 100).value()), "");
  ASSERT_TRUE(append_lines_durably(file_, "one\ntwo\n", 0600));
  ASSERT_TRUE(append_lines_durably(file_, "three\n", 0600));
  EXPECT_EQ(as_text(read_file(file_, 100).value()), "one\ntwo\nthree\n");
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);

  fs::resize_file(file_, 11);
  ASSERT_TRUE(append_lines_durably(file_, "", 0600));
  EXPECT_EQ(as_text(read_file(file_, 100).value()), "one\ntwo\n");

  // Halves longer than one reading, behind a line and from the beginning.
  for (const std::string_view before : {"one\n", ""}) {
    ASSERT_TRUE(
        write_file_durably(file_, as_bytes(std::string(before) + std::string(9000, 'x')), 0600));
    ASSERT_TRUE(append_lines_durably(file_, "next\n", 0600));
    EXPECT_EQ(as_text(read_file(file_, 100).value()), std::string(before) + "next\n");
  }
  EXPECT_EQ(append_lines_durably(root_.string(), "x\n", 0600).error().reason, "file_not_written");
}

TEST_F(DurableFileTest, ReadsOnWhatASystemGivesInParts) {
  ASSERT_TRUE(ensure_directory(root_.string()));
  ASSERT_TRUE(append_lines_durably(file_, "one\ntwo\nhalf", 0600));
  read_bytes_max = 3;
  interrupt_next = true;
  const Result<void> appended = append_lines_durably(file_, "three\n", 0600);
  read_bytes_max = 0;
  ASSERT_TRUE(appended) << appended.error().describe();
  EXPECT_FALSE(interrupt_next) << "nothing was read";
  EXPECT_EQ(as_text(read_file(file_, 100).value()), "one\ntwo\nthree\n");
}

}  // namespace
}  // namespace remit
