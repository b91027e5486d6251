#include "lab/sim/machine.h"

#include "kit/base/manual_host.h"

#include <gtest/gtest.h>

#include <vector>

namespace remit::lab::sim {
namespace {

using std::chrono::seconds;

class Counter final : public Component {
 public:
  std::string name() const override { return "counter"; }
  bool step() override {
    ++steps;
    return false;
  }
  int steps = 0;
};

struct MachineWorld : testing::Test {
  ManualHost host{1};
  Counter counter;
};

TEST_F(MachineWorld, what_stands_still_takes_no_turn_and_takes_them_up_again) {
  Machine machine(host);
  machine.attach(counter);
  machine.wake(counter);
  machine.pause();
  machine.wake(counter);
  host.advance(seconds(10));
  EXPECT_EQ(counter.steps, 0);
  machine.resume();
  host.step_until_idle();
  EXPECT_EQ(counter.steps, 1);
  machine.detach(counter);
}

TEST_F(MachineWorld, timers_that_fall_due_meanwhile_fire_afterwards_in_their_order) {
  Machine machine(host);
  std::vector<int> fired;
  machine.timers().after(seconds(2), [&] { fired.push_back(2); });
  machine.timers().after(seconds(1), [&] { fired.push_back(1); });
  machine.timers().after(seconds(60), [&] { fired.push_back(60); });
  const Timers::Id cancelled = machine.timers().after(seconds(3), [&] { fired.push_back(3); });
  machine.pause();
  host.advance(seconds(10));
  EXPECT_TRUE(fired.empty());
  EXPECT_TRUE(machine.timers().cancel(cancelled)) << "it has not run";
  machine.resume();
  host.advance(seconds(1));
  EXPECT_EQ(fired, (std::vector{1, 2}));
  host.advance(seconds(60));
  EXPECT_EQ(fired, (std::vector{1, 2, 60}));
  EXPECT_FALSE(machine.timers().cancel(cancelled));
}

TEST_F(MachineWorld, what_waits_is_forgotten_with_the_machine) {
  int fired = 0;
  {
    Machine machine(host);
    machine.timers().after(seconds(1), [&] { ++fired; });
  }
  host.advance(seconds(2));
  EXPECT_EQ(fired, 0);
  EXPECT_EQ(host.timers_waiting(), 0U);
}

TEST_F(MachineWorld, its_wall_clock_may_be_wrong_and_its_monotonic_one_is_not) {
  Machine machine(host);
  machine.set_wall_offset(-seconds(90));
  EXPECT_EQ(machine.clock().now(), host.clock().now() - seconds(90));
  EXPECT_EQ(machine.clock().monotonic(), host.clock().monotonic());
}

}  // namespace
}  // namespace remit::lab::sim
