#include "kit/base/host.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

namespace remit {
namespace {

/// Counts its steps; says that more is waiting until `left` steps were taken.
class Counting final : public Component {
 public:
  std::string name() const override { return "counting"; }
  bool step() override {
    ++steps;
    const bool more = left.load() > 0 && left.fetch_sub(1) > 1;
    if (!more) idle.count_down();
    return more;
  }
  std::atomic<int> steps{0};
  std::atomic<int> left{0};
  std::latch idle{1};
};

TEST(ThreadHost, StepsAComponentUntilItHasNothingLeft) {
  SystemClock clock;
  const auto host = make_thread_host(clock);
  Counting counting;
  counting.left = 10;
  host->wake(counting);
  host->attach(counting);
  counting.idle.wait();
  host->detach(counting);
  EXPECT_GE(counting.steps.load(), 10);
}

TEST(ThreadHost, TimersFireInOrderAndCancelledOnesDoNot) {
  SystemClock clock;
  const auto host = make_thread_host(clock);
  std::mutex mutex;
  std::vector<int> fired;
  std::promise<void> last;
  const auto note = [&](int number) {
    return [&, number] {
      const std::lock_guard lock(mutex);
      fired.push_back(number);
      if (number == 3) last.set_value();
    };
  };
  host->timers().after(std::chrono::milliseconds(30), note(3));
  host->timers().after(std::chrono::milliseconds(1), note(1));
  const Timers::Id cancelled = host->timers().after(std::chrono::milliseconds(10), note(2));
  EXPECT_TRUE(host->timers().cancel(cancelled));
  EXPECT_FALSE(host->timers().cancel(cancelled));
  last.get_future().wait();
  const std::lock_guard lock(mutex);
  EXPECT_EQ(fired, (std::vector<int>{1, 3}));
}

}  // namespace
}  // namespace remit
