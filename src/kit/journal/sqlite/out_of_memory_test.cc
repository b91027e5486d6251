#include "kit/journal/sqlite/storage_script_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

/// The journal while SQLite gets no memory: at one of its requests, and from then on.
namespace remit::journal::script {
namespace {

using sqlite::SimulatedDisk;

/// Courses that are tried of all that there are: some five thousand requests make one.
constexpr std::uint64_t kCourses = 400;

/// Between SQLite and its memory while it lives. No database may be open when it comes and goes.
class Memory {
 public:
  Memory() {
    CHECK(sqlite3_shutdown() == SQLITE_OK && current_ == nullptr, "SQLite is in use");
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &original_);
    sqlite3_mem_methods methods = original_;
    methods.xMalloc = [](int bytes) -> void* {
      return current_->refuses() ? nullptr : current_->original_.xMalloc(bytes);
    };
    methods.xRealloc = [](void* memory, int bytes) -> void* {
      return current_->refuses() ? nullptr : current_->original_.xRealloc(memory, bytes);
    };
    current_ = this;
    CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK, "SQLite has begun");
    CHECK(sqlite3_initialize() == SQLITE_OK, "SQLite does not begin");
  }
  ~Memory() {
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_MALLOC, &original_);
    current_ = nullptr;
    sqlite3_initialize();
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void refuse(std::uint64_t at, bool sticky) {
    requests_ = 0;
    at_ = at;
    sticky_ = sticky;
  }
  void give() { refuse(~std::uint64_t{0}, false); }
  std::uint64_t requests() const { return requests_; }

 private:
  bool refuses() {
    const std::uint64_t number = requests_++;
    return number == at_ || (sticky_ && number > at_);
  }

  static inline Memory* current_ = nullptr;
  sqlite3_mem_methods original_{};
  std::uint64_t requests_ = 0;
  std::uint64_t at_ = ~std::uint64_t{0};
  bool sticky_ = false;
};

class OutOfMemorySlow : public testing::TestWithParam<bool> {};

TEST_P(OutOfMemorySlow, NothingAcknowledgedIsLostWhicheverRequestIsRefused) {
  Memory memory;
  std::uint64_t requests = 0;
  {
    SimulatedDisk disk(0);
    Told told;
    memory.give();
    ASSERT_FALSE(run_process(disk, told).error);
    requests = memory.requests();
  }
  std::uint64_t errors = 0;
  for (std::uint64_t course = 0; course < kCourses; ++course) {
    const std::uint64_t at = requests * course / kCourses + course % 7;
    SimulatedDisk disk(course);
    Told told;
    memory.refuse(at, GetParam());
    errors += run_process(disk, told).error ? 1 : 0;
    memory.give();
    disk.restart(course % 2 == 0);
    const auto fault = find_fault(disk, told);
    ASSERT_FALSE(fault) << "request " << at << ": " << *fault;
    const End rest = run_process(disk, told);
    ASSERT_FALSE(rest.error) << "request " << at << ": " << rest.error->describe();
    const auto fault_at_end = find_fault(disk, told);
    ASSERT_FALSE(fault_at_end) << "request " << at << ": " << *fault_at_end;
  }
  fmt::print("{} requests, {} courses, {} ended by an error\n", requests, kCourses, errors);
  EXPECT_GT(errors, kCourses / 10);
}

INSTANTIATE_TEST_SUITE_P(Faults, OutOfMemorySlow, testing::Bool(), [](const auto& test) {
  return test.param ? std::string("FromThenOn") : std::string("Once");
});

}  // namespace
}  // namespace remit::journal::script
