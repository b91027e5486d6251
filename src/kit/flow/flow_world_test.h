#pragma once

#include "kit/base/manual_host.h"
#include "kit/engine/engine.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/engine/tally_test.h"
#include "kit/flow/effect_flow.h"
#include "kit/journal/memory/memory_journal.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace remit::flow {

/// A checkpoint table on a disk that a dead process no longer reaches.
class TableOfProcess final : public CheckpointTable {
 public:
  explicit TableOfProcess(CheckpointTable& real) : real_(real) {}
  Result<Checkpoint> load(std::string_view flow) override { return real_.load(flow); }
  Result<void> save(std::string_view flow, const Checkpoint& checkpoint) override {
    if (dead) return {};
    if (failure) return std::unexpected(*failure);
    return real_.save(flow, checkpoint);
  }
  bool dead = false;
  std::optional<Error> failure;

 private:
  CheckpointTable& real_;
};

/// An effect whose outcomes the test says, and which remembers what it was handed. Wants the changes of counters.
class ScriptedEffect final : public Effect {
 public:
  struct Handed {
    Cursor cursor;
    TypeId key;
    std::uint64_t version = 0;
    std::uint32_t attempts = 0;
    bool operator==(const Handed&) const = default;
  };
  /// The outcome at once, or nothing: then the test ends it with `finish`.
  using Script = std::function<std::optional<EffectOutcome>(const Record&, std::uint32_t attempts)>;

  bool wants(std::string_view type) const override {
    return type == engine::tally::CounterChanged::kType.name;
  }
  void start(const Record& record, std::uint32_t attempts, Callback done) override {
    handed.push_back({record.cursor, record.key, record.version, attempts});
    under_way_max = std::max(under_way_max, open.size() + 1);
    std::optional<EffectOutcome> outcome = script ? script(record, attempts) : Finished{};
    if (outcome) {
      done(*std::move(outcome));
    } else {
      open.emplace(record.cursor, std::move(done));
    }
  }
  void finish(Cursor cursor, EffectOutcome outcome = Finished{}) {
    const auto found = open.find(cursor);
    ASSERT_NE(found, open.end()) << "record " << cursor.value << " is not under way";
    Callback done = std::move(found->second);
    open.erase(found);
    done(std::move(outcome));
  }
  /// The versions of one key's records in the order in which they were handed over.
  std::vector<std::uint64_t> versions(const TypeId& key) const {
    std::vector<std::uint64_t> seen;
    for (const Handed& each : handed) {
      if (each.key == key) seen.push_back(each.version);
    }
    return seen;
  }

  Script script;
  std::vector<Handed> handed;
  std::multimap<Cursor, Callback> open;
  std::size_t under_way_max = 0;
};

inline Error passing() {
  return {ErrorCode::Unavailable, "bank_down", "The bank does not answer.", {}, {}};
}
/// The journal, of which single records or all cannot be read while `failure` or `failure_of_all` says so.
class UnreadableSource final : public Source {
 public:
  UnreadableSource(journal::Journal& journal, journal::PartitionId partition)
      : real_(journal, partition) {}
  Result<std::vector<Record>> read(Cursor after, journal::ReadLimits limits) override {
    return real_.read(after, limits);
  }
  Result<Batch> read_wanted(Cursor after, journal::ReadLimits limits,
                            const journal::TypeFilter& wanted) override {
    ++reads;
    if (failure_of_all) return std::unexpected(*failure_of_all);
    return real_.read_wanted(after, limits, wanted);
  }
  Result<Record> at(Cursor cursor) override {
    if (failure) return std::unexpected(*failure);
    if (failure_of_all) return std::unexpected(*failure_of_all);
    return real_.at(cursor);
  }
  Result<Cursor> end() override { return real_.end(); }

  std::optional<Error> failure;
  std::optional<Error> failure_of_all;
  std::uint64_t reads = 0;

 private:
  JournalSource real_;
};

inline Error final_failure() {
  return {ErrorCode::InvalidArgument, "bad_iban", "The bank refuses the account.", {}, {}};
}

/// An engine with one effect flow on it, in virtual time. The journal, the engine's checkpoints, the flow's checkpoint and
/// the effect (the outside world) survive a crash.
class FlowWorld {
 public:
  explicit FlowWorld(std::uint64_t seed = 1, EffectFlowOptions with = default_options())
      : host(seed), journal(host, std::chrono::milliseconds(1)), options(with), random_(seed) {
    engine::tally::register_all(registry);
    register_kinds(registry);
    journal.on_durable([this](journal::PartitionId, const journal::Head&) {
      if (flow) flow->wake();
    });
    open();
  }
  ~FlowWorld() { close(); }

  static EffectFlowOptions default_options() {
    EffectFlowOptions options;
    options.name = "test_flow";
    return options;
  }

  void open() {
    engine::EngineOptions small;
    small.verify_events_every = 1;
    small.checkpoint_events_max = 20;
    auto opened = engine::Engine::open(registry, {journal, checkpoints, host}, kPartition, small);
    ASSERT_TRUE(opened) << opened.error().describe();
    engine = *std::move(opened);
    engine->start();
    table = std::make_unique<TableOfProcess>(disk);
    flow = std::make_unique<EffectFlow>(
        EffectFlow::Ports{*engine, source, effect, *table, host, random_}, options);
    const Result<void> started = flow->start();
    ASSERT_TRUE(started) << started.error().describe();
  }
  void close() {
    flow.reset();
    if (engine) engine->stop();
    engine.reset();
  }
  /// The process ends now and another one starts. Effects that were under way are made, or not, and nobody hears of it.
  void crash(bool engine_checkpoints_lost = false) {
    table->dead = true;
    effect.open.clear();
    journal.crash();
    close();
    if (engine_checkpoints_lost) {
      ASSERT_TRUE(checkpoints.clear(kPartition));
    }
    open();
  }
  void run(Duration duration = std::chrono::milliseconds(20)) { host.advance(duration); }

  TypeId counter(std::uint8_t number) const { return TypeId("ctr", {number}); }
  /// Adds a record to the key's stream.
  void add(const TypeId& counter, std::uint32_t records = 1) {
    submit(engine::tally::Add{counter, 1, records});
    run();
  }
  template <engine::Command C>
  void submit(C command, std::string refusal = {}) {
    bool answered = false;
    engine::CommandContext context;
    context.command = TypeId::make("cmd", host.clock().now(), random_);
    engine->submit(std::move(context), std::move(command),
                   [&answered, refusal](Result<engine::Answered> answer) {
                     answered = true;
                     EXPECT_EQ(answer ? std::string() : answer.error().reason, refusal);
                   });
    for (int i = 0; i < 200 && !answered; ++i) run(std::chrono::milliseconds(1));
    EXPECT_TRUE(answered) << C::kName;
  }
  /// Nothing as well while the engine recovers: it looks later then, and nobody is told.
  template <engine::Entity E>
  std::optional<E> look(const TypeId& id) {
    auto seen = std::make_shared<std::optional<E>>();
    engine->query(
        [seen, id](engine::ReadView& view) {
          if (const E* state = view.find<E>(id)) *seen = *state;
        },
        [](Result<engine::Position>) {});
    run(std::chrono::milliseconds(2));
    return *seen;
  }
  FlowState state() { return look<FlowState>(flow_id(options.name)).value_or(FlowState{}); }
  std::vector<journal::Event> events() {
    return *journal.read(kPartition, journal::Position(1), {.events_max = 1'000'000});
  }
  std::vector<TypeId> open_dead_letters() {
    std::vector<TypeId> ids;
    for (const journal::Event& event : events()) {
      if (event.type != DeadLetterCreated::kType.name) continue;
      const auto letter = look<DeadLetter>(event.stream);
      if (letter && letter->status == DeadLetterStatus::Open) ids.push_back(event.stream);
    }
    return ids;
  }
  Cursor saved() { return disk.load(options.name)->cursor; }

  static constexpr journal::PartitionId kPartition{1};
  ManualHost host;
  journal::MemoryJournal journal;
  UnreadableSource source{journal, kPartition};
  engine::MemoryCheckpointStore checkpoints;
  MemoryCheckpointTable disk;
  engine::Registry registry;
  EffectFlowOptions options;
  ScriptedEffect effect;
  std::unique_ptr<TableOfProcess> table;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<EffectFlow> flow;

 private:
  SeededRandom random_;
};

}  // namespace remit::flow
