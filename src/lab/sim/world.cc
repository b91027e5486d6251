#include "lab/sim/world.h"

#include "kit/base/check.h"
#include "kit/flow/state.h"
#include "lab/sim/file_disks.h"
#include "pay/ledger/transfer.h"
#include "pay/payers/payer.h"
#include "pay/payments/commands.h"
#include "pay/webhooks/endpoint.h"

namespace remit::lab::sim {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// How far a wall clock may be from the truth: two of them, with the longest that a message is under way and the lateness of a
/// hand-over, less than the deadline after which "not found" counts (rails/rail.h). See ADR 23.
constexpr Duration kWallOffsetMax = seconds(50);
constexpr Duration kPauseMax = minutes(5);
constexpr Duration kCutMax = minutes(3);
constexpr Duration kPatient = hours(72);

/// Streams that do not follow each other.
std::uint64_t stream(std::uint64_t seed, std::uint64_t number) {
  return seed * 0x9E3779B97F4A7C15ULL + number * 0xD1B54A32D192ED03ULL;
}

Rates drawn_rates(std::uint64_t seed, const FaultMask& without, std::uint32_t unknown_permille) {
  SeededRandom random(stream(seed, 0));
  Rates rates = draw_rates(random, without);
  if (unknown_permille != 0) be_silent(rates, unknown_permille);
  return rates;
}

/// Some wait for days, others give up soon and leave it to a person.
webhooks::DeliveryPolicy drawn_policy(Random& random) {
  webhooks::DeliveryPolicy policy{
      .timeout = seconds(10),
      .retry_delays = {seconds(1), seconds(5), seconds(30), minutes(2), minutes(10)}};
  if (random.below(8) == 0) policy.retry_for = minutes(1);
  return policy;
}

}  // namespace

World::World(std::uint64_t seed, const FaultMask& without, std::uint32_t unknown_permille)
    : host(seed),
      random(stream(seed, 1)),
      fault_random(stream(seed, 2)),
      disk_random(stream(seed, 3)),
      network_random(stream(seed, 4)),
      bank_random(stream(seed, 5)),
      receiver_random(stream(seed, 6)),
      rates(drawn_rates(seed, without, unknown_permille)),
      entropy(stream(seed, 7)),
      disks(make_disks(stream(seed, 8))),
      bank({host, bank_random, network, sometimes}, rates),
      receiver({host, receiver_random, network, sometimes}, rates),
      webhook_policy(drawn_policy(receiver_random)) {
  ledger::register_kinds(registry);
  payers::register_kinds(registry);
  payments::register_kinds(registry);
  webhooks::register_kinds(registry);
  flow::register_kinds(registry);
  network.serve(std::string(kServerHost),
                [this](const net::HttpRequest& request, net::Responder respond) {
                  if (process_) process_->take_pushed(request, std::move(respond));
                });
  disks->restart();
  open();
}

World::~World() {
  network.take_down(kServerHost);
}

std::unique_ptr<Disks> World::make_disks(std::uint64_t seed) {
  if (rates.disk) {
    return std::make_unique<FileDisks>(
        host, seed, [this](const sqlite::DiskCall& call) { return drawn_disk_fault(call); });
  }
  return std::make_unique<MemoryDisks>(host,
                                       MemoryDisks::Faults{[this] { return drawn_append_fault(); },
                                                           [this] { return drawn_delay(); }});
}

Result<void> World::try_open() {
  disks->journal().on_durable([this](journal::PartitionId, const journal::Head&) {
    if (std::exchange(had_no_room_, 0) == lives_) sometimes.mark(Rare::DiskFilled);
    if (process_) process_->wake();
    if (overtaken_) overtaken_->wake();
  });
  process_ = TRY(Process::open({registry, *disks, host, network, bank, sealer, entropy,
                                fault_random, sometimes, webhook_policy},
                               kPartition));
  return {};
}

void World::open() {
  ++lives_;
  // A process does not start without its store, and starts again until it does.
  disks->set_checkpoints_down(false);
  const std::uint64_t cut_before = disks->tails_cut();
  for (Result<void> opened = try_open(); !opened; opened = try_open()) {
    CHECK(disks->faulted(), "the process does not start: {}", opened.error().describe());
    ++crashes_;
    disks->crash(disk_random);
    overtaken_.reset();
    disks->restart();
    // An operator makes room: no time passes while there is nobody.
    disk_is_full_ = false;
    had_no_room_ = 0;
  }
  process_->machine().set_wall_offset(wall_offset_);
  sometimes.mark(Rare::TornTailCut, disks->tails_cut() - cut_before);
}

void World::note_end(const Process& process, bool was_paused) {
  const engine::EngineStats stats = process.engine().stats();
  if (!stats.halted || stats.halted->code != ErrorCode::Fenced) return;
  sometimes.mark(Rare::StaleWriterRefused);
  if (was_paused) sometimes.mark(Rare::PausedLeaderFenced);
}

void World::crash() {
  ++crashes_;
  if (disks->journal_failed()) sometimes.mark(Rare::DiskFailed);
  disks->crash(disk_random);
  if (overtaken_) note_end(*overtaken_, overtaken_was_paused_);
  process_.reset();
  overtaken_.reset();
  if (fault_random.chance(rates.checkpoints_lost)) {
    disks->lose_checkpoints();
    sometimes.mark(Rare::CheckpointsLost);
  }
  if (fault_random.chance(rates.read_model_lost)) {
    disks->lose_read_model();
    sometimes.mark(Rare::ReadModelLost);
  }
  disks->restart();
  open();
}

void World::split() {
  if (overtaken_) return;
  ++splits_;
  overtaken_ = std::move(process_);
  overtaken_was_paused_ = overtaken_->machine().paused();
  disks->lose_read_model();
  open();
}

void World::pause() {
  if (process_->machine().paused()) return;
  process_->machine().pause();
  const bool is_overtaken = fault_random.below(2) == 0 && !overtaken_;
  const Duration length(static_cast<std::int64_t>(
      fault_random.below(static_cast<std::uint64_t>(Duration(kPauseMax).count()))));
  if (is_overtaken) split();
  // Whatever has become of it by then: one of them goes on, or it is dead.
  host.timers().after(length, [this, life = lives_] {
    if (overtaken_ && overtaken_->machine().paused()) overtaken_->machine().resume();
    if (life == lives_ && process_->machine().paused()) process_->machine().resume();
  });
}

void World::heal() {
  rates = {};
  disk_is_full_ = false;
  network.mend();
  bank.set_faults(rates);
  wall_offset_ = {};
  // Some go on as they are: nothing may need a restart to come to its end. What gives up early is told to be patient.
  const bool goes_on = fault_random.below(2) == 0 && !overtaken_ && !process_->machine().paused() &&
                       !disks->must_end() && webhook_policy.retry_for == kPatient;
  webhook_policy.retry_for = kPatient;
  if (!goes_on) return crash();
  disks->set_checkpoints_down(false);
  process_->machine().set_wall_offset({});
}

engine::Engine& World::engine_reached() {
  return overtaken_ && random.below(4) == 0 ? overtaken_->engine() : engine();
}

void World::let_time_pass() {
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

void World::turn() {
  if (fault_random.chance(rates.crash)) crash();
  if (fault_random.chance(rates.split)) split();
  if (fault_random.chance(rates.pause)) pause();
  if (fault_random.chance(rates.clock_jump)) jump_clock();
  if (fault_random.chance(rates.partition)) cut_network();
  disks->set_checkpoints_down(fault_random.chance(rates.checkpoints_down));
  if (rates.disk && fault_random.chance(rates.disk_full)) fill_disk();
  processes_run_ = true;
  let_time_pass();
  processes_run_ = false;
  if (disks->must_end()) crash();
}

void World::jump_clock() {
  const Duration by = milliseconds(fault_random.below(40'000)) - milliseconds(20'000);
  if (std::chrono::abs(wall_offset_ + by) > kWallOffsetMax) return;
  wall_offset_ += by;
  process_->machine().set_wall_offset(wall_offset_);
}

void World::cut_network() {
  const auto which = static_cast<Cut>(1 + fault_random.below(3));
  const std::string server(fault_random.below(2) == 0 ? kBankHost : kReceiverHost);
  const Duration length(static_cast<std::int64_t>(
      fault_random.below(static_cast<std::uint64_t>(Duration(kCutMax).count()))));
  network.cut("remit", server, which);
  host.timers().after(length, [this, server] { network.cut("remit", server, Cut::None); });
}

void World::fill_disk() {
  if (std::exchange(disk_is_full_, true)) return;
  host.timers().after(milliseconds(fault_random.below(60'000)), [this] { disk_is_full_ = false; });
}

sqlite::DiskFault World::drawn_disk_fault(const sqlite::DiskCall& call) {
  using sqlite::DiskFault;
  if (call.kind == sqlite::DiskCallKind::Read) {
    // Whoever looks at a world from outside sees it.
    const bool fails = processes_run_ && disk_random.chance(rates.disk_read_error);
    return fails ? DiskFault::InputOutputError : DiskFault::None;
  }
  const bool writes = call.kind == sqlite::DiskCallKind::Write;
  if (writes && disk_is_full_) {
    if (FileDisks::is_journal(call.path)) had_no_room_ = lives_;
    return DiskFault::NoSpace;
  }
  if (disk_random.chance(rates.disk_stop)) return DiskFault::Stop;
  if (!disk_random.chance(rates.disk_error)) return DiskFault::None;
  return writes && disk_random.below(2) == 0 ? DiskFault::ShortWrite : DiskFault::InputOutputError;
}

journal::AppendFault World::drawn_append_fault() {
  // It is asked for the next append: the process that did not know of the last one went on.
  if (unknown_append_ && unknown_append_->life == lives_) {
    sometimes.mark(unknown_append_->durable ? Rare::AppendUnknownDurable : Rare::AppendUnknownLost);
  }
  unknown_append_.reset();
  if (disk_random.chance(rates.append_refused)) return journal::AppendFault::Refuse;
  if (!disk_random.chance(rates.append_unknown)) return journal::AppendFault::None;
  const bool durable = disk_random.below(2) == 0;
  unknown_append_ = {lives_, durable};
  return durable ? journal::AppendFault::UnknownDurable : journal::AppendFault::UnknownLost;
}

Duration World::drawn_delay() {
  const std::uint64_t most = disk_random.chance(rates.append_slow) ? 2'000'000 : 2'000;
  return microseconds(100 + disk_random.below(most));
}

}  // namespace remit::lab::sim
