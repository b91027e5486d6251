#include "kit/service/life_cycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <future>
#include <unistd.h>

namespace remit::service {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

TEST(LifeCycleTest, a_signal_runs_the_stop_actions_in_order) {
  LifeCycle life;
  std::vector<std::string> ran;
  life.on_stop("first", [&] { ran.emplace_back("first"); });
  life.on_stop("second", [&] { ran.emplace_back("second"); });
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  const StopReport report = life.run(seconds(10));
  EXPECT_TRUE(report.in_time);
  EXPECT_EQ(report.action, "");
  EXPECT_THAT(ran, ElementsAre("first", "second"));
}

TEST(LifeCycleTest, ends_when_asked_from_within) {
  LifeCycle life;
  bool ran = false;
  life.on_stop("only", [&] { ran = true; });
  life.request_stop();
  EXPECT_TRUE(life.run(seconds(10)).in_time);
  EXPECT_TRUE(ran);
}

TEST(LifeCycleTest, names_the_action_that_outlasts_the_patience) {
  std::promise<void> let_go;
  bool later = false;
  {
    LifeCycle life;
    life.on_stop("slow", [&] { let_go.get_future().wait(); });
    life.on_stop("later", [&] { later = true; });
    life.request_stop();
    const StopReport report = life.run(std::chrono::milliseconds(20));
    EXPECT_FALSE(report.in_time);
    EXPECT_EQ(report.action, "slow");
    let_go.set_value();
  }
  EXPECT_TRUE(later) << "the destructor waits for what is under way";
}

TEST(LifeCycleTest, a_hangup_reloads_and_ends_nothing) {
  LifeCycle life;
  std::promise<void> reloaded;
  life.on_reload([&] { reloaded.set_value(); });
  ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
  ASSERT_EQ(reloaded.get_future().wait_for(seconds(10)), std::future_status::ready);
  life.request_stop();
  EXPECT_TRUE(life.run(seconds(10)).in_time);
}

TEST(LifeCycleDeathTest, a_second_signal_ends_at_once) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto end_twice = [] {
    LifeCycle life;
    // The first signal is taken by now, since the second one is sent by what it started.
    life.on_stop("endless", [] {
      ::kill(::getpid(), SIGINT);
      std::promise<void> never;
      never.get_future().wait();
    });
    ::kill(::getpid(), SIGTERM);
    life.run(seconds(60));
    std::_Exit(0);
  };
  EXPECT_EXIT(end_twice(), testing::ExitedWithCode(128 + SIGINT), "");
}

}  // namespace
}  // namespace remit::service
