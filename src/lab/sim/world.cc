#include "lab/sim/world.h"

#include "kit/base/check.h"
#include "kit/flow/state.h"
#include "pay/ledger/transfer.h"
#include "pay/payments/commands.h"

namespace remit::lab::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// How far the wall clock may be from the truth.
constexpr Duration kWallOffsetMax = seconds(5);

}  // namespace

World::World(std::uint64_t seed, bool with_faults)
    : host(seed), random(seed), journal(host, milliseconds(1)), entropy(seed) {
  if (with_faults) rates = draw_rates(random);
  ledger::register_kinds(registry);
  payments::register_kinds(registry);
  flow::register_kinds(registry);
  journal.set_faults([this] { return drawn_fault(); });
  journal.set_delays([this] { return drawn_delay(); });
  journal.on_durable([this](journal::PartitionId, const journal::Head&) {
    if (process_) process_->wake();
    if (overtaken_) overtaken_->wake();
  });
  rails_.emplace("model", &rail);
  open();
}

void World::open() {
  // A process does not start without its store, and starts again until it does.
  checkpoints.set_unavailable(false);
  Result<std::unique_ptr<Process>> opened = Process::open(
      {registry, journal, checkpoints, flow_checkpoints, host, random, rails_, sealer}, kPartition);
  CHECK(opened.has_value(), "the process does not start: {}", opened.error().describe());
  process_ = *std::move(opened);
}

void World::crash() {
  ++crashes_;
  journal.crash(random);
  process_.reset();
  overtaken_.reset();
  rail.hang_up();
  if (random.chance(rates.checkpoints_lost)) {
    checkpoints.set_unavailable(false);
    CHECK(checkpoints.clear(kPartition).has_value(), "a store in memory forgets");
  }
  open();
}

void World::split() {
  if (overtaken_) return;
  ++splits_;
  overtaken_ = std::move(process_);
  open();
}

void World::heal() {
  rates = {};
  checkpoints.set_unavailable(false);
  crash();
}

void World::turn() {
  if (random.chance(rates.crash)) crash();
  if (random.chance(rates.split)) split();
  if (random.chance(rates.clock_jump)) jump_clock();
  checkpoints.set_unavailable(random.chance(rates.checkpoints_down));
  switch (random.below(20)) {
    case 0:
      host.advance(seconds(random.below(300)));
      break;
    case 1:
    case 2:
    case 3:
    case 4:
      host.advance(microseconds(random.below(5'000'000)));
      break;
    case 5:
    case 6:
    case 7:
    case 8:
      host.fire_next_timer();
      break;
    default:
      for (std::uint64_t steps = random.below(20); steps > 0 && host.step(); --steps) {
      }
  }
}

void World::jump_clock() {
  const Duration by = milliseconds(random.below(4000)) - milliseconds(2000);
  if (std::chrono::abs(wall_offset_ + by) > kWallOffsetMax) return;
  wall_offset_ += by;
  host.clock().jump(by);
}

journal::AppendFault World::drawn_fault() {
  if (random.chance(rates.append_refused)) return journal::AppendFault::Refuse;
  if (!random.chance(rates.append_unknown)) return journal::AppendFault::None;
  return random.below(2) == 0 ? journal::AppendFault::UnknownDurable
                              : journal::AppendFault::UnknownLost;
}

Duration World::drawn_delay() {
  const std::uint64_t most = random.chance(rates.append_slow) ? 2'000'000 : 2'000;
  return microseconds(100 + random.below(most));
}

}  // namespace remit::lab::sim
