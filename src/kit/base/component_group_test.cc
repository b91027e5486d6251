#include "kit/base/component_group.h"

#include "kit/base/manual_host.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

namespace remit {
namespace {

class Counter final : public Component {
 public:
  std::string name() const override { return "counter"; }
  bool step() override {
    ++steps;
    if (then) then();
    return left > 0 && --left > 0;
  }
  std::atomic<int> steps = 0;
  int left = 0;
  std::function<void()> then;
};

TEST(ComponentGroup, steps_those_that_are_ready) {
  ManualHost host(1);
  ComponentGroup group("group", host);
  Counter one;
  Counter two;
  group.attach(one);
  group.attach(two);
  host.step_until_idle();
  const int before = two.steps;
  one.left = 3;
  group.wake(one);
  host.step_until_idle();
  EXPECT_EQ(one.steps, 1 + 3);
  EXPECT_EQ(two.steps, before);
  group.detach(one);
  group.detach(two);
}

TEST(ComponentGroup, a_component_may_take_another_out_in_its_turn) {
  ManualHost host(1);
  ComponentGroup group("group", host);
  Counter one;
  Counter two;
  group.attach(one);
  group.attach(two);
  host.step_until_idle();
  const int before = one.steps + two.steps;
  // Whichever goes first takes the other out.
  one.then = [&] { group.detach(two), two.then = {}, one.then = {}; };
  two.then = [&] { group.detach(one), one.then = {}, two.then = {}; };
  group.wake(one);
  group.wake(two);
  host.step_until_idle();
  EXPECT_EQ(one.steps + two.steps, before + 1);
  EXPECT_NE(one.steps, two.steps);
  group.detach(one.steps > two.steps ? one : two);
}

TEST(ComponentGroup, detach_waits_for_the_step_under_way) {
  SystemClock clock;
  const auto host = make_thread_host(clock);
  ComponentGroup group("group", *host);
  Counter counter;
  std::atomic<bool> inside = false;
  std::atomic<bool> ended = false;
  counter.then = [&] {
    inside = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ended = true;
  };
  group.attach(counter);
  while (!inside) std::this_thread::yield();
  group.detach(counter);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace remit
