#include "lab/sim/simulation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace remit::lab::sim {
namespace {

std::string described(const Report& report, const Options& options = {}) {
  std::string text;
  for (const std::string& violation : report.violations) text += violation + "\n";
  return text + "replay: " + replay_command(report.seed, options);
}

constexpr std::uint64_t kSeedsOfOne = 5;

/// Whoever runs them much slower, as tools/run_sanitizers does, says for how long.
Options options_asked_for() {
  Options options;
  if (const char* turns = std::getenv("REMIT_WORLD_TURNS")) {
    options.turns_max = std::strtoul(turns, nullptr, 10);
  }
  return options;
}

class WorldsSlow : public testing::TestWithParam<std::uint64_t> {};

// tests/e2e/simulation.sh runs many more, on all cores, and demands every rare state.
TEST_P(WorldsSlow, keep_every_invariant) {
  const Options options = options_asked_for();
  Report sum;
  for (std::uint64_t seed = GetParam(); seed < GetParam() + kSeedsOfOne; ++seed) {
    const Report report = run(seed, options);
    EXPECT_TRUE(report.violations.empty()) << described(report, options);
    sum.crashes += report.crashes;
    sum.splits += report.splits;
    sum.executed += report.executed;
  }
  EXPECT_GT(sum.crashes, 10U);
  EXPECT_GT(sum.splits, 0U);
  EXPECT_GE(sum.executed, kSeedsOfOne) << "one of a world";
}

INSTANTIATE_TEST_SUITE_P(FiftySeeds, WorldsSlow,
                         testing::Range(std::uint64_t{1}, std::uint64_t{51}, kSeedsOfOne));

TEST(SimulationSlow, the_same_seed_is_the_same_history_byte_by_byte) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Report first = run(seed);
    const Report second = run(seed);
    EXPECT_EQ(first.trace, second.trace) << seed;
    EXPECT_EQ(first.events, second.events) << seed;
    EXPECT_EQ(first.sometimes, second.sometimes) << seed;
  }
  EXPECT_NE(run(1).trace, run(2).trace);
}

TEST(Simulation, a_world_without_faults_pays_whatever_payers_approve) {
  Options options;
  options.without.set();
  const Report report = run(1, options);
  EXPECT_TRUE(report.violations.empty()) << described(report, options);
  EXPECT_LE(report.crashes, 1U) << "at the end of the safety phase, if it does not heal as it is";
  EXPECT_EQ(report.splits, 0U);
  EXPECT_GT(report.executed, 5U);
  EXPECT_EQ(report.events.find("payment.outcome_unknown"), report.events.end());
  EXPECT_EQ(report.sometimes.count(Rare::WebhookTwice), 0U);
}

TEST(SimulationSlow, some_worlds_heal_with_a_restart_and_some_as_they_are) {
  Options options;
  options.without.set();
  options.turns_max = 20;
  std::uint64_t restarts = 0;
  constexpr std::uint64_t kWorlds = 12;
  for (std::uint64_t seed = 1; seed <= kWorlds; ++seed) restarts += run(seed, options).crashes;
  EXPECT_GT(restarts, 0U);
  EXPECT_LT(restarts, kWorlds);
}

TEST(SimulationSlow, a_bank_that_often_gives_no_answer_doubles_and_loses_nothing) {
  Options options{.payments_max = 60, .turns_max = 900, .unknown_permille = 300};
  options.without.set();
  options.without.reset(static_cast<std::size_t>(FaultClass::Bank));
  options.without.reset(static_cast<std::size_t>(FaultClass::Crash));
  const Report report = run(5, options);
  EXPECT_TRUE(report.violations.empty()) << described(report, options);
  EXPECT_GT(report.handed_over, 20U);
  EXPECT_GT(report.unknown * 5, report.handed_over) << "of " << report.handed_over;
}

TEST(Simulation, what_replays_a_world_names_all_that_it_follows_from) {
  EXPECT_EQ(replay_command(7, {}), "./dev sim --seed 7");
  Options options{.payments_max = 3, .turns_max = 100};
  options.without.set(static_cast<std::size_t>(FaultClass::Crash));
  options.without.set(static_cast<std::size_t>(FaultClass::Bank));
  EXPECT_EQ(replay_command(7, options),
            "./dev sim --seed 7 --without crash,bank --payments 3 --turns 100");
  EXPECT_EQ(replay_command(7, {.unknown_permille = 300}), "./dev sim --seed 7 --unknown 300");
}

}  // namespace
}  // namespace remit::lab::sim
