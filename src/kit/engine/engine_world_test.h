#pragma once

#include "kit/base/manual_host.h"
#include "kit/engine/engine.h"
#include "kit/engine/faulty_journal_test.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/engine/tally_test.h"
#include "kit/journal/memory/memory_journal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace remit::engine {

using Fate = FaultyJournal::Fate;

/// What a caller has heard so far.
struct Heard {
  std::optional<Result<Answered>> answer;
  int times = 0;

  bool ok() const { return answer && answer->has_value(); }
  std::int64_t value() const { return codec::decode<tally::Value>((*answer)->body)->value; }
  std::string reason() const {
    if (!answer) return "not answered";
    return answer->has_value() ? "" : answer->error().reason;
  }
  ErrorCode code() const { return answer->error().code; }
};
using HeardPtr = std::shared_ptr<Heard>;

/// One engine on a journal, a checkpoint store and a host that the test controls; all but the engine survive a crash.
class World {
 public:
  explicit World(std::uint64_t seed = 1, EngineOptions with = small_options())
      : host(seed), options(with), random_(seed) {
    tally::register_all(registry);
    open();
  }
  ~World() {
    if (engine) engine->stop();
  }

  static EngineOptions small_options() {
    EngineOptions options;
    options.verify_events_every = 1;
    return options;
  }

  void open() {
    auto opened = Engine::open(registry, {journal, checkpoints, host}, kPartition, options);
    ASSERT_TRUE(opened) << opened.error().describe();
    engine = *std::move(opened);
    engine->on_put_off([this](PutOff what, const std::optional<Error>& cause) {
      put_off.push_back(fmt::format("{}: {}", what == PutOff::Timers ? "timers" : "checkpoints",
                                    cause ? cause->reason : "well"));
    });
    engine->start();
  }
  /// Ends the engine at once; what the journal was not given is lost.
  void crash() {
    engine.reset();
    journal.forget_held();
  }
  void restart() {
    crash();
    open();
  }
  void run() { host.step_until_idle(); }

  TypeId id(std::string_view prefix) { return TypeId::make(prefix, host.clock().now(), random_); }
  CommandContext context(std::string key = {}, std::string_view request = "request") {
    CommandContext context;
    context.command = id("cmd");
    context.client = client;
    if (!key.empty()) context.idempotency = Idempotency{std::move(key), sha256(as_bytes(request))};
    return context;
  }
  template <Command C>
  HeardPtr submit(C command) {
    return submit(context(), std::move(command));
  }
  template <Command C>
  HeardPtr submit(CommandContext with, C command) {
    auto heard = std::make_shared<Heard>();
    engine->submit(std::move(with), std::move(command), [heard](Result<Answered> answer) {
      heard->answer = std::move(answer);
      ++heard->times;
    });
    return heard;
  }
  /// Submits, runs, and returns the answer's value or the reason of the refusal as a failure.
  template <Command C>
  HeardPtr ask(C command) {
    auto heard = submit(std::move(command));
    run();
    return heard;
  }
  template <Entity E>
  std::optional<E> look(const TypeId& entity) {
    std::optional<E> seen;
    bool durable = false;
    engine->query(
        [&](ReadView& view) {
          if (const E* state = view.find<E>(entity)) seen = *state;
        },
        [&](Result<Position> position) { durable = position.has_value(); });
    run();
    EXPECT_TRUE(durable);
    return seen;
  }
  std::int64_t value(const TypeId& counter) {
    const auto seen = look<tally::Counter>(counter);
    return seen ? seen->value : 0;
  }
  void checkpoint() {
    bool saved = false;
    engine->checkpoint([&](Result<Position> position) { saved = position.has_value(); });
    run();
    ASSERT_TRUE(saved);
  }
  std::vector<journal::Event> events() { return *store.read(kPartition, Position(1), {}); }

  static constexpr journal::PartitionId kPartition{1};
  ManualHost host;
  journal::MemoryJournal store;
  FaultyJournal journal{store};
  MemoryCheckpointStore checkpoints;
  Registry registry;
  EngineOptions options;
  ClientId client{"cli", {1}};
  std::vector<std::string> put_off;  ///< What was said of work that is put off.
  std::unique_ptr<Engine> engine;

 private:
  SeededRandom random_;
};

}  // namespace remit::engine
