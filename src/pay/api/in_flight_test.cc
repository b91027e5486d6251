#include "pay/api/in_flight.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace remit::api {
namespace {

TEST(InFlight, bounds_each_name_by_itself) {
  InFlight requests;
  auto one = requests.take("a", 2);
  auto two = requests.take("a", 2);
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(requests.take("a", 2));
  EXPECT_TRUE(requests.take("b", 2));
  two.reset();
  EXPECT_TRUE(requests.take("a", 2)) << "one has ended";
  EXPECT_EQ(requests.refused_total(), 1U);
}

TEST(InFlight, a_slot_that_moves_is_still_one) {
  InFlight requests;
  auto one = requests.take("a", 1);
  {
    const InFlight::Slot moved = *std::move(one);
    one.reset();
    EXPECT_FALSE(requests.take("a", 1));
  }
  EXPECT_TRUE(requests.take("a", 1));
}

TEST(InFlight, without_a_bound_nobody_counts) {
  InFlight requests;
  std::vector<InFlight::Slot> slots;
  for (int i = 0; i < 1000; ++i) slots.push_back(*requests.take("a", 0));
  EXPECT_TRUE(requests.take("a", 1));
}

TEST(InFlight, a_slot_may_outlive_it) {
  auto requests = std::make_unique<InFlight>();
  const auto slot = requests->take("a", 1);
  requests.reset();
  EXPECT_TRUE(slot);
}

TEST(InFlight, never_more_than_the_bound_from_many_threads) {
  InFlight requests;
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const auto slot = requests.take("a", 2);
        if (!slot) continue;
        const int seen = ++now;
        int known = most;
        while (seen > known && !most.compare_exchange_weak(known, seen)) {
        }
        --now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(most, 1);
  EXPECT_LE(most, 2);
}

}  // namespace
}  // namespace remit::api
