#include "lab/sim/swarm.h"

#include "kit/base/durable_file.h"
#include "lab/sim/shrink.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

namespace remit::lab::sim {
namespace {

bool leaves_out(const Options& options, FaultClass which) {
  return options.without.test(static_cast<std::size_t>(which));
}

TEST(Shrink, what_a_failure_does_not_need_is_taken_away) {
  // It needs crashes and quirks, 37 turns and 4 payments.
  int runs = 0;
  const RunWorld run = [&](const Options& options) {
    ++runs;
    Outcome outcome;
    const bool fails = !leaves_out(options, FaultClass::Crash) &&
                       !leaves_out(options, FaultClass::Quirks) && options.turns_max >= 37 &&
                       options.payments_max >= 4;
    if (fails) outcome.violations.emplace_back("it fails");
    return outcome;
  };
  Outcome failed = run({});
  ASSERT_FALSE(failed.violations.empty());
  failed.turns = 500;
  const Options least = shrink({}, failed, run);
  EXPECT_EQ(describe(least.without),
            "split,pause,clock,append,checkpoints,read_model,network,partition,bank,events,"
            "receiver,disk");
  EXPECT_EQ(least.turns_max, 37U);
  EXPECT_EQ(least.payments_max, 4U);
  EXPECT_LT(runs, 40);
}

TEST(Rates, a_class_that_is_left_out_changes_no_other_draw) {
  SeededRandom one(9);
  SeededRandom other(9);
  FaultMask without;
  without.set(static_cast<std::size_t>(FaultClass::Network));
  const Rates all = draw_rates(one, {});
  const Rates fewer = draw_rates(other, without);
  EXPECT_EQ(fewer.network.refused + fewer.network.slow + fewer.network.garbled, 0U);
  EXPECT_EQ(all.crash, fewer.crash);
  EXPECT_EQ(all.receiver_slow, fewer.receiver_slow);
  EXPECT_EQ(one.next(), other.next());
}

TEST(Rates, classes_are_named_and_read_back) {
  const auto mask = parse_fault_mask("crash,bank");
  ASSERT_TRUE(mask);
  EXPECT_EQ(describe(*mask), "crash,bank");
  EXPECT_EQ(parse_fault_mask("crash,weather").error().reason, "fault_class_unknown");
}

TEST(Worker, a_world_in_a_process_of_its_own_is_the_same_world) {
  const Options options{.payments_max = 2, .turns_max = 20};
  const Outcome apart = run_apart(5, options);
  const Report here = run(5, options);
  EXPECT_EQ(apart.seed, 5U);
  EXPECT_EQ(apart.trace, here.trace);
  EXPECT_EQ(apart.turns, here.turns);
  EXPECT_EQ(apart.simulated, here.simulated);
  EXPECT_EQ(apart.sometimes, here.sometimes);
}

TEST(Worker, one_that_dies_leaves_its_seed_and_how_it_died) {
  bool first = true;
  auto worker = Worker::start(
      [&]() -> std::optional<std::uint64_t> {
        if (std::exchange(first, false)) return 5;
        // In the worker's process, as a world that aborts would.
        ::kill(::getpid(), SIGKILL);
        return std::nullopt;
      },
      {.payments_max = 1, .turns_max = 1});
  ASSERT_TRUE(worker);
  std::vector<Outcome> outcomes;
  while (worker->read([&](Outcome ended) { outcomes.push_back(std::move(ended)); })) {
  }
  ASSERT_EQ(outcomes.size(), 1U) << "it died between two worlds";
  EXPECT_EQ(outcomes[0].seed, 5U);
}

class KeptFile : public testing::Test {
 protected:
  ~KeptFile() override { std::filesystem::remove(file_); }
  Result<std::vector<KeptWorld>> read(std::string_view text) {
    EXPECT_TRUE(write_file_durably(file_, as_bytes(text), 0600));
    return read_kept_worlds(file_);
  }
  std::string file_ =
      (std::filesystem::temp_directory_path() / fmt::format("remit-kept-{}", ::getpid())).string();
};

TEST_F(KeptFile, says_which_worlds_and_what_they_found) {
  const auto worlds = read(
      "# What was found.\n\n"
      "--seed 12 --without crash,split --payments 3 --turns 40 --unknown 300  # the answer came "
      "twice\n");
  ASSERT_TRUE(worlds) << worlds.error().describe();
  ASSERT_EQ(worlds->size(), 1U);
  EXPECT_EQ(worlds->front().seed, 12U);
  EXPECT_EQ(describe(worlds->front().world.without), "crash,split");
  EXPECT_EQ(worlds->front().world.payments_max, 3U);
  EXPECT_EQ(worlds->front().world.turns_max, 40U);
  EXPECT_EQ(worlds->front().world.unknown_permille, 300U);
  EXPECT_EQ(worlds->front().found, "the answer came twice");
}

TEST_F(KeptFile, is_refused_with_its_line_when_it_cannot_be_understood) {
  for (const char* line :
       {"--seed x # it", "--payments 3 # it", "--seed 1", "--seed 1 --what 2 # it", "--seed # it",
        "--seed 1 --unknown 901 # it"}) {
    const auto worlds = read(fmt::format("# first\n{}\n", line));
    ASSERT_FALSE(worlds) << line;
    EXPECT_EQ(worlds.error().reason, "kept_seeds_invalid") << line;
    EXPECT_TRUE(worlds.error().message.starts_with("Line 2")) << worlds.error().message;
  }
}

}  // namespace
}  // namespace remit::lab::sim
