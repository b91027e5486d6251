#include "lab/sim/simulation.h"

#include "lab/sim/invariants.h"
#include "lab/sim/journal_watch.h"
#include "lab/sim/people.h"
#include "lab/sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <unistd.h>

namespace remit::lab::sim {
namespace {

using std::chrono::minutes;

/// Rounds of ten minutes within which a healed world must have come to its end.
constexpr int kLivenessRoundsMax = 60;

void note(Report& report, std::initializer_list<Violation> found) {
  for (const Violation& violation : found) {
    if (violation) report.violations.push_back(*violation);
  }
}

void be_unsafe(World& world, People& people, journal::InvariantWatch& watch, const Options& options,
               Report& report) {
  for (std::size_t turn = 0; turn < options.turns_max && report.violations.empty(); ++turn) {
    const std::uint64_t crashes = world.crashes();
    people.act();
    world.turn();
    people.observe();
    if (world.crashes() != crashes) {
      note(report, {nothing_executed_twice(world.rail), answers_stay_true(people),
                    fold_equals_checkpoint(world), journal_holds(world, watch)});
    }
  }
}

bool is_done(World& world, People& people) {
  const Snapshot snapshot = take_snapshot(world);
  return !nothing_is_lost(people, snapshot) && !flows_are_done(world.process());
}

void be_alive(World& world, People& people) {
  world.heal();
  for (int round = 0; round < kLivenessRoundsMax; ++round) {
    people.finish_up();
    world.host.advance(minutes(10));
    people.observe();
    if (is_done(world, people)) return;
  }
}

void check_the_end(World& world, People& people, journal::InvariantWatch& watch, Report& report) {
  const Snapshot snapshot = take_snapshot(world);
  note(report, {nothing_executed_twice(world.rail), answers_stay_true(people),
                ledger_sums_to_zero(snapshot), acknowledged_payments_exist(people, snapshot),
                nothing_is_lost(people, snapshot), payments_equal_the_bank(snapshot, world.rail),
                ledger_equals_the_bank(people.client(), snapshot, world.rail),
                flows_are_done(world.process()), fold_equals_state(world),
                journal_holds(world, watch), books_balance(world), chain_is_whole(world)});
}

/// While it lives, an abort says which seed it was.
class SeedOnAbort {
 public:
  explicit SeedOnAbort(std::uint64_t seed) {
    const auto end =
        fmt::format_to_n(text_.data(), text_.size() - 1, "\nreplay: ./dev sim --seed {}\n", seed);
    *end.out = '\0';
    before_ = std::signal(SIGABRT, [](int) {
      // Nothing can be done about a terminal that is gone while the process ends.
      if (::write(STDERR_FILENO, text_.data(), std::strlen(text_.data())) < 0) return;
    });
  }
  ~SeedOnAbort() { std::signal(SIGABRT, before_); }
  SeedOnAbort(const SeedOnAbort&) = delete;
  SeedOnAbort& operator=(const SeedOnAbort&) = delete;

 private:
  static inline std::array<char, 80> text_{};
  void (*before_)(int) = nullptr;
};

}  // namespace

Report run(std::uint64_t seed, const Options& options) {
  const SeedOnAbort on_abort(seed);
  Report report;
  report.seed = seed;
  World world(seed, options.with_faults);
  People people(world, options.payments_max);
  const Monotonic start = world.host.clock().monotonic();
  journal::InvariantWatch watch = watch_journal();
  be_unsafe(world, people, watch, options, report);
  if (report.violations.empty()) {
    be_alive(world, people);
    check_the_end(world, people, watch, report);
  }
  report.simulated = std::chrono::duration_cast<Duration>(world.host.clock().monotonic() - start);
  report.crashes = world.crashes();
  report.splits = world.splits();
  for (const auto& [key, order] : world.rail.orders()) report.executed += order.executed ? 1 : 0;
  report.events = people.seen();
  report.trace = world.journal.head(World::kPartition)->chain;
  return report;
}

int run_seeds(std::uint64_t first, std::uint64_t count, const Options& options, std::FILE* out) {
  int failed = 0;
  Report sum;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Report report = run(seed, options);
    for (const std::string& violation : report.violations) {
      fmt::print(out, "seed {}: {}\n  replay: ./dev sim --seed {}\n", seed, violation, seed);
    }
    failed += report.violations.empty() ? 0 : 1;
    sum.simulated += report.simulated;
    sum.crashes += report.crashes;
    sum.splits += report.splits;
    sum.executed += report.executed;
    for (const auto& [type, times] : report.events) sum.events[type] += times;
  }
  fmt::print(out, "{} worlds, {} hours, {} crashes, {} splits, {} payments executed: {} failed\n",
             count, std::chrono::duration_cast<std::chrono::hours>(sum.simulated).count(),
             sum.crashes, sum.splits, sum.executed, failed);
  return failed;
}

}  // namespace remit::lab::sim
