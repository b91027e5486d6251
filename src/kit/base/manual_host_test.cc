#include "kit/base/manual_host.h"

#include "kit/base/inbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace remit {
namespace {

using std::chrono::seconds;

/// Writes its letter on each turn and has `turns` of them.
class Scribe final : public Component {
 public:
  Scribe(char letter, int turns, std::string& page) : letter_(letter), turns_(turns), page_(page) {}
  std::string name() const override { return std::string(1, letter_); }
  bool step() override {
    page_ += letter_;
    return --turns_ > 0;
  }

 private:
  char letter_;
  int turns_;
  std::string& page_;
};

std::string run(std::uint64_t seed) {
  ManualHost host(seed);
  std::string page;
  Scribe a('a', 5, page);
  Scribe b('b', 5, page);
  host.attach(a);
  host.attach(b);
  host.wake(a);
  host.wake(b);
  EXPECT_EQ(host.step_until_idle(), 10U);
  host.detach(a);
  host.detach(b);
  return page;
}

TEST(ManualHost, the_same_seed_gives_the_same_order_and_seeds_differ) {
  EXPECT_EQ(run(7), run(7));
  std::vector<std::string> pages;
  for (std::uint64_t seed = 0; seed < 20; ++seed) pages.push_back(run(seed));
  std::ranges::sort(pages);
  EXPECT_GT(std::ranges::unique(pages).begin() - pages.begin(), 5);
}

TEST(ManualHost, steps_only_what_was_woken) {
  ManualHost host(1);
  std::string page;
  Scribe a('a', 1, page);
  host.attach(a);
  EXPECT_FALSE(host.step());
  host.wake(a);
  EXPECT_TRUE(host.step());
  EXPECT_FALSE(host.step());
  host.detach(a);
  EXPECT_EQ(page, "a");
}

TEST(ManualHost, remembers_a_wake_before_attach) {
  ManualHost host(1);
  std::string page;
  Scribe a('a', 1, page);
  host.wake(a);
  host.attach(a);
  host.step_until_idle();
  host.detach(a);
  EXPECT_EQ(page, "a");
}

TEST(ManualHost, fires_timers_in_order_at_their_moment) {
  ManualHost host(1);
  std::vector<int> fired;
  std::vector<Timestamp> at;
  host.timers().after(seconds(2), [&] {
    fired.push_back(2);
    at.push_back(host.clock().now());
    host.timers().after(seconds(1), [&] { fired.push_back(3); });
  });
  host.timers().after(seconds(1), [&] { fired.push_back(1); });
  const auto cancelled = host.timers().after(seconds(1), [&] { fired.push_back(99); });
  EXPECT_TRUE(host.timers().cancel(cancelled));
  EXPECT_FALSE(host.timers().cancel(cancelled));
  host.advance(seconds(5));
  EXPECT_EQ(fired, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(at, (std::vector<Timestamp>{ManualHost::kStart + seconds(2)}));
  EXPECT_EQ(host.clock().now(), ManualHost::kStart + seconds(5));
  EXPECT_FALSE(host.advance_to_next_timer());
}

TEST(ManualHost, the_wall_may_jump_but_timers_go_by_the_monotonic_clock) {
  ManualHost host(1);
  bool fired = false;
  host.timers().after(seconds(10), [&] { fired = true; });
  host.clock().jump(-std::chrono::hours(1));
  host.advance(seconds(9));
  EXPECT_FALSE(fired);
  EXPECT_TRUE(host.advance_to_next_timer());
  EXPECT_TRUE(fired);
}

}  // namespace
}  // namespace remit
