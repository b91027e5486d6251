#include "lab/sim/simulation.h"

#include "lab/sim/invariants.h"
#include "lab/sim/journal_watch.h"
#include "lab/sim/people.h"
#include "lab/sim/world.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <unistd.h>

namespace remit::lab::sim {
namespace {

using std::chrono::minutes;

/// Rounds of ten minutes within which a healed world must have come to its end.
constexpr int kLivenessRoundsMax = 90;
/// A fold of the whole journal takes long: it is made after one crash of so many.
constexpr std::uint64_t kCrashesPerFold = 8;

void note(Report& report, std::initializer_list<Violation> found) {
  for (const Violation& violation : found) {
    if (violation) report.violations.push_back(*violation);
  }
}

void check_safety(World& world, const People& people, Report& report) {
  note(report, {nothing_executed_twice(world.bank.orders(), world.bank.keys()),
                people.contradiction(), webhooks_are_right(world.receiver.objection()),
                refusals_leave_nothing(people.refused(), people.done())});
}

void be_unsafe(World& world, People& people, journal::InvariantWatch& watch, const Options& options,
               Report& report) {
  for (; report.turns < options.turns_max && report.violations.empty(); ++report.turns) {
    const std::uint64_t crashes = world.crashes();
    people.act();
    world.turn();
    people.observe();
    if (world.crashes() == crashes) continue;
    check_safety(world, people, report);
    note(report, {journal_holds(world.disks->journal(), World::kPartition, watch)});
    if (world.crashes() % kCrashesPerFold == 1) {
      world.disks->set_checkpoints_down(false);
      note(report, {fold_equals_checkpoint(world.registry, world.disks->journal(),
                                           world.disks->checkpoints(), World::kPartition)});
    }
  }
}

bool is_done(World& world, People& people) {
  const Snapshot snapshot = take_snapshot(world);
  return !nothing_is_lost(people.requests(), snapshot) && !dead_letters_are_closed(snapshot) &&
         !flows_are_done(world.process().statuses());
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
  const std::vector<Order> orders = world.bank.orders();
  const std::vector<api::PublishedFact> facts = published_facts(world, people);
  check_safety(world, people, report);
  note(report,
       {ledger_sums_to_zero(snapshot), acknowledged_payments_exist(people.requests(), snapshot),
        nothing_is_lost(people.requests(), snapshot), payments_equal_the_bank(snapshot, orders),
        ledger_equals_the_bank(people.client(), snapshot, orders),
        flows_are_done(world.process().statuses()), dead_letters_are_closed(snapshot),
        erased_cannot_be_read(*world.disks, world.keyring),
        journal_holds(world.disks->journal(), World::kPartition, watch), books_balance(world),
        chain_is_whole(world.disks->journal(), World::kPartition),
        every_event_is_delivered(world.receiver.taken(), facts),
        webhooks_keep_order(world.receiver.taken(), facts, people.given_up()),
        projection_equals_fold(world.registry, *world.disks, world.process().read_model_file()),
        fold_equals_state(world)});
}

Hash256 trace_of(World& world) {
  Sha256 hasher;
  hasher.update(view_of(world.disks->journal().head(World::kPartition)->chain));
  hasher.update(view_of(world.network.trace()));
  for (const Order& order : world.bank.orders()) {
    const std::string line =
        fmt::format("{} {} {} {} {}\n", order.end_to_end_id, order.bank_payment_id, order.pence,
                    order.executions, order.rejected);
    hasher.update(as_bytes(line));
  }
  for (const TakenEvent& event : world.receiver.taken()) {
    hasher.update(as_bytes(event.id)).update(as_bytes(event.body));
  }
  return hasher.finish();
}

void note_rare(World& world) {
  const NetworkCounts& counts = world.network.counts();
  world.sometimes.mark(Rare::RequestTooLate, counts.too_late);
  world.sometimes.mark(Rare::RequestDoubled, counts.duplicated);
  world.sometimes.mark(Rare::RejectedLater, world.bank.rejected_later());
}

std::uint64_t times_seen(const Report& report, std::string_view type) {
  const auto found = report.events.find(type);
  return found == report.events.end() ? 0 : found->second;
}

/// While it lives, an abort says which world it was.
class SeedOnAbort {
 public:
  SeedOnAbort(std::uint64_t seed, const Options& options) {
    const auto end = fmt::format_to_n(text_.data(), text_.size() - 1, "\nreplay: {}\n",
                                      replay_command(seed, options));
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
  static inline std::array<char, 300> text_{};
  void (*before_)(int) = nullptr;
};

}  // namespace

Report run(std::uint64_t seed, const Options& options) {
  const SeedOnAbort on_abort(seed, options);
  Report report;
  report.seed = seed;
  World world(seed, options.without, options.unknown_permille);
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
  for (const Order& order : world.bank.orders()) report.executed += order.executions;
  report.events = people.seen();
  report.handed_over = times_seen(report, payments::PaymentSubmissionStarted::kType.name);
  report.unknown = times_seen(report, payments::PaymentOutcomeUnknown::kType.name);
  note_rare(world);
  report.sometimes = world.sometimes;
  report.trace = trace_of(world);
  return report;
}

std::string replay_command(std::uint64_t seed, const Options& options) {
  const Options usual;
  std::string command = fmt::format("./dev sim --seed {}", seed);
  if (options.without.any()) command += " --without " + describe(options.without);
  if (options.payments_max != usual.payments_max) {
    command += fmt::format(" --payments {}", options.payments_max);
  }
  if (options.turns_max != usual.turns_max)
    command += fmt::format(" --turns {}", options.turns_max);
  if (options.unknown_permille != 0) {
    command += fmt::format(" --unknown {}", options.unknown_permille);
  }
  return command;
}

}  // namespace remit::lab::sim
