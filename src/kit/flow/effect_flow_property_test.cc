#include "kit/base/property_seeds_test.h"
#include "kit/flow/flow_world_test.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace remit::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

/// Random records, outcomes, faults of the journal, crashes and operators' words on one flow, against what must hold: a
/// record is handed over only once all earlier ones of its key are made, given up or (with `skip`) dead; and in the end
/// every one is.
class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed), world_(seed, options(seed)) {
    world_.effect.script = [this](const Record& record, std::uint32_t) { return handed(record); };
  }

  void run(int turns) {
    for (int turn = 0; turn < turns && !testing::Test::HasFailure(); ++turn) one_turn();
    heal();
    if (!testing::Test::HasFailure()) check_all_is_done();
  }

 private:
  static EffectFlowOptions options(std::uint64_t seed) {
    EffectFlowOptions made = FlowWorld::default_options();
    made.after_dead_letter = seed % 3 == 0 ? AfterDeadLetter::Skip : AfterDeadLetter::HoldKey;
    made.in_flight_max = 1 + seed % 5;
    made.queued_max = 1 + seed % 7;
    made.attempts_max = 2 + seed % 4;
    made.keys_in_trouble_max = 1 + seed % 6;
    made.retry_delay_max = std::chrono::seconds(3);
    return made;
  }
  bool skips() const { return world_.options.after_dead_letter == AfterDeadLetter::Skip; }

  std::optional<EffectOutcome> handed(const Record& record) {
    for (std::uint64_t version = 1; version < record.version; ++version) {
      EXPECT_TRUE(released_.contains({record.key, version}))
          << record.key.to_string() << "/" << record.version << " before " << version;
    }
    const std::uint64_t drawn = healed_ ? 0 : random_.below(10);
    if (drawn < 4) return made(record);
    if (drawn < 8) {
      held_.push_back(record);
      return std::nullopt;
    }
    return failed(record, drawn == 8);
  }
  EffectOutcome made(const Record& record) {
    released_.insert({record.key, record.version});
    made_.insert(record.cursor);
    return Finished{};
  }
  EffectOutcome failed(const Record& record, bool in_passing) {
    // The flow lets later records pass at once, though the dead letter is journalled a little later.
    if (skips()) released_.insert({record.key, record.version});
    if (in_passing) return Retry{passing(), std::nullopt};
    return Failed{final_failure()};
  }

  void one_turn() {
    switch (random_.below(16)) {
      case 0:
        return crash();
      case 1:
        return faults();
      case 2:
        return operate();
      case 3:
      case 4:
      case 5:
        return end_one();
      case 6:
      case 7:
        world_.host.advance(milliseconds(random_.below(1500)));
        return;
      case 8:
      case 9:
      case 10:
        return add();
      default:
        for (std::uint64_t steps = random_.below(8); steps > 0; --steps) {
          if (!world_.host.step() && !world_.host.fire_next_timer()) return;
        }
    }
  }

  void crash() {
    held_.clear();
    world_.crash(random_.below(6) == 0);
    if (skips()) release_suspect();
  }
  /// A record that ended its process too often is dead without being handed over again.
  void release_suspect() {
    const Checkpoint saved = *world_.disk.load(world_.options.name);
    if (saved.suspect_starts < kCrashesMax) return;
    Record suspect = *world_.source.at(saved.suspect);
    if (suspect.type == RecordDue::kType.name) {
      suspect = *world_.source.at(codec::decode<RecordDue>(suspect.payload)->cursor);
    }
    released_.insert({suspect.key, suspect.version});
  }
  void faults() {
    const std::uint64_t until = appends_ + random_.below(12);
    world_.journal.set_faults([this, until] {
      constexpr std::array kFaults{journal::AppendFault::None, journal::AppendFault::Refuse,
                                   journal::AppendFault::UnknownDurable,
                                   journal::AppendFault::UnknownLost};
      return ++appends_ < until ? kFaults[random_.below(4)] : journal::AppendFault::None;
    });
  }
  void add() {
    engine::CommandContext context;
    context.command = TypeId::make("cmd", world_.host.clock().now(), random_);
    world_.engine->submit(
        std::move(context),
        engine::tally::Add{world_.counter(static_cast<std::uint8_t>(random_.below(4))), 1,
                           1 + static_cast<std::uint32_t>(random_.below(3))},
        [](auto) {});
  }
  void end_one() {
    if (held_.empty()) return;
    const std::size_t at = random_.below(held_.size());
    const Record record = held_[at];
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(at));
    const std::uint64_t drawn = random_.below(6);
    world_.effect.finish(record.cursor, drawn < 4 ? made(record) : failed(record, drawn == 4));
  }
  template <class C>
  void say(C command) {
    engine::CommandContext context;
    context.command = TypeId::make("cmd", world_.host.clock().now(), random_);
    world_.engine->submit(std::move(context), std::move(command), [](auto) {});
  }
  void operate() {
    const auto letters = world_.open_dead_letters();
    if (letters.empty()) return;
    const TypeId letter = letters[random_.below(letters.size())];
    if (random_.below(4) > 0) return say(RedriveDeadLetter{letter, "mended"});
    const auto seen = world_.look<DeadLetter>(letter);
    if (!seen) return;
    released_.insert({seen->key, version_of(seen->cursor)});
    given_up_.insert(seen->cursor);
    say(DiscardDeadLetter{letter, "given up"});
  }
  std::uint64_t version_of(Cursor cursor) { return world_.source.at(cursor)->version; }

  void heal() {
    healed_ = true;
    world_.journal.set_faults(nullptr);
    // Some of the worlds heal in one life, others after a last crash.
    if (random_.below(2) == 0) crash();
    while (!held_.empty()) {
      const Record record = held_.back();
      held_.pop_back();
      world_.effect.finish(record.cursor, made(record));
    }
    world_.host.advance(minutes(2));
    for (int round = 0; round < 50; ++round) {
      const auto letters = world_.open_dead_letters();
      if (letters.empty()) break;
      for (const TypeId& letter : letters) say(RedriveDeadLetter{letter, "mended"});
      world_.host.advance(minutes(1));
    }
  }

  void check_all_is_done() {
    EXPECT_TRUE(world_.open_dead_letters().empty());
    std::size_t records = 0;
    for (const journal::Event& event : world_.events()) {
      if (event.type != "counter.changed") continue;
      ++records;
      const Cursor cursor(event.position.value);
      EXPECT_LE(cursor, world_.saved());
      EXPECT_TRUE(made_.contains(cursor) || given_up_.contains(cursor)) << cursor.value;
    }
    EXPECT_GT(records, 0U);
    EXPECT_TRUE(world_.state().lanes.empty());
    world_.host.advance(minutes(1));
    const FlowStatus status = world_.flow->status();
    EXPECT_EQ(status.keys_in_trouble, 0U);
    EXPECT_EQ(status.in_flight, 0U);
    EXPECT_EQ(status.lag_records, 0U);
    EXPECT_EQ(status.checkpoint, *world_.source.end());
  }

  SeededRandom random_;
  FlowWorld world_;
  std::vector<Record> held_;
  std::set<std::pair<TypeId, std::uint64_t>> released_;
  std::set<Cursor> made_;
  std::set<Cursor> given_up_;
  std::uint64_t appends_ = 0;
  bool healed_ = false;
};

TEST(EffectFlowProperty, order_and_completeness_survive_failures_crashes_and_operators) {
  for (std::uint64_t seed = 1; seed <= seeds_to_try(1000); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Chaos(seed).run(150);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace remit::flow
