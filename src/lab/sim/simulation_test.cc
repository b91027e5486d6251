#include "lab/sim/simulation.h"

#include <gtest/gtest.h>

namespace remit::lab::sim {
namespace {

std::string described(const Report& report) {
  std::string text;
  for (const std::string& violation : report.violations) text += violation + "\n";
  return text + fmt::format("replay: ./dev sim --seed {}", report.seed);
}

/// Few worlds reach a record that waits behind one that fails for good: about one in three hundred. These do.
constexpr std::uint64_t kSeedsThatPark[] = {1303, 1342, 1404, 1474};

TEST(Simulation, two_hundred_seeds_keep_every_invariant_and_reach_the_rare_states) {
  std::map<std::string, std::uint64_t, std::less<>> events;
  std::uint64_t crashes = 0;
  std::uint64_t splits = 0;
  std::uint64_t executed = 0;
  std::vector<std::uint64_t> seeds(std::begin(kSeedsThatPark), std::end(kSeedsThatPark));
  for (std::uint64_t seed = 1; seeds.size() < 200; ++seed) seeds.push_back(seed);
  for (const std::uint64_t seed : seeds) {
    const Report report = run(seed);
    EXPECT_TRUE(report.violations.empty()) << described(report);
    for (const auto& [type, times] : report.events) events[type] += times;
    crashes += report.crashes;
    splits += report.splits;
    executed += report.executed;
  }
  // A state that no seed reaches is not proven by any.
  for (const char* rare :
       {"payment.not_sent", "payment.outcome_unknown", "payment.resolution_due",
        "payment.operator_needed", "payment.rejected", "payment.cancelled", "payment.expired",
        "payment.settled", "payment.status_due", "transfer.ended", "flow.retry_scheduled",
        "flow.record_parked", "deadletter.created", "deadletter.redriven"}) {
    EXPECT_GT(events[rare], 0U) << rare;
  }
  EXPECT_GT(crashes, 1000U);
  EXPECT_GT(splits, 100U);
  EXPECT_GT(executed, 500U);
}

TEST(Simulation, the_same_seed_is_the_same_history) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Report first = run(seed);
    const Report second = run(seed);
    EXPECT_EQ(first.trace, second.trace) << seed;
    EXPECT_EQ(first.events, second.events) << seed;
  }
  EXPECT_NE(run(1).trace, run(2).trace);
}

TEST(Simulation, a_world_without_faults_pays_whatever_payers_approve) {
  const Report report = run(1, {.with_faults = false});
  EXPECT_TRUE(report.violations.empty()) << described(report);
  EXPECT_EQ(report.crashes, 1U) << "the one at the end of the safety phase";
  EXPECT_EQ(report.events.find("payment.outcome_unknown"), report.events.end());
}

}  // namespace
}  // namespace remit::lab::sim
