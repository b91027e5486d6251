#include "kit/base/property_seeds_test.h"
#include "kit/engine/engine_world_test.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace remit::engine {
namespace {

using tally::Account;
using tally::Add;
using tally::AddLater;
using tally::Give;
using tally::OpenAccount;

/// What must be true whatever happened, told by the events that the journal holds and nothing else.
struct Model {
  std::map<TypeId, std::int64_t> counters;
  std::map<TypeId, std::int64_t> balances;
  std::set<TypeId> commands;

  explicit Model(const std::vector<journal::Event>& events) {
    Position position;
    std::map<StreamId, Version> versions;
    Timestamp time{};
    for (const auto& event : events) {
      EXPECT_EQ(event.position, position.next());
      EXPECT_EQ(event.version, versions[event.stream].next()) << event.stream.to_string();
      EXPECT_GE(event.time, time);
      position = event.position;
      versions[event.stream] = event.version;
      time = event.time;
      commands.insert(event.cause.command);
      apply(event);
    }
  }
  void apply(const journal::Event& event) {
    if (event.type == "counter.changed") {
      counters[event.stream] += codec::decode<tally::CounterChanged>(event.payload)->by;
    } else if (event.type == "account.opened") {
      balances[event.stream] = codec::decode<tally::AccountOpened>(event.payload)->balance;
    } else if (event.type == "gift.made") {
      const auto gift = *codec::decode<tally::GiftMade>(event.payload);
      balances[gift.from] -= gift.amount;
      balances[gift.to] += gift.amount;
    }
  }
};

/// One request as its client sees it: it repeats it under its key until it hears an answer that is final.
struct Request {
  std::string key;
  TypeId counter;
  std::int64_t by;
  TypeId command;  ///< Of the last attempt.
  HeardPtr heard;
  std::optional<std::int64_t> answer;
  bool refused = false;
};

/// Random commands, faults, crashes, checkpoints and clock jumps on a small engine.
class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed), world_(seed, options(seed)) {
    for (int i = 0; i < 5; ++i) counters_.push_back(world_.id("ctr"));
    for (int i = 0; i < 4; ++i) accounts_.push_back(world_.id("acc"));
  }

  void run(int turns) {
    for (int turn = 0; turn < turns && !testing::Test::HasFailure(); ++turn) one_turn();
    heal();
    check();
  }

 private:
  static EngineOptions options(std::uint64_t seed) {
    EngineOptions made = World::small_options();
    made.batch_commands_max = 1 + seed % 7;
    made.appends_in_flight_max = 1 + seed % 4;
    made.entities_max = 1 + seed % 9;
    made.checkpoint_events_max = 5 + seed % 40;
    made.receipts_recent_max = seed % 5;
    made.checkpoint_slice_max = 1 + seed % 3;
    return made;
  }

  void one_turn() {
    switch (random_.below(24)) {
      case 0:
        return faults();
      case 1:
        return crash();
      case 2:
        return world_.journal.hold();
      case 3:
        return world_.journal.release();
      case 4:
        return world_.engine->checkpoint([](Result<Position>) {});
      case 5:
        return world_.host.clock().jump(std::chrono::seconds(random_.below(7)) -
                                        std::chrono::seconds(3));
      case 6:
        return world_.checkpoints.set_unavailable(random_.below(3) == 0);
      case 7:
        return world_.host.advance(std::chrono::milliseconds(random_.below(3000)));
      case 8:
      case 9:
        return retry();
      case 10:
      case 11:
        return give();
      case 12:
        return later();
      case 13:
      case 14:
        return run_some();
      default:
        return add();
    }
  }

  void faults() {
    constexpr std::array kFates{Fate::Pass, Fate::Refuse, Fate::UnknownWritten, Fate::UnknownLost};
    world_.journal.expect({kFates[random_.below(4)], kFates[random_.below(4)]});
  }
  void crash() {
    world_.checkpoints.set_unavailable(false);
    world_.restart();
  }
  void run_some() {
    for (std::uint64_t steps = random_.below(6); steps > 0; --steps) world_.host.step();
  }
  void add() {
    Request made{fmt::format("k{}", requests_.size()),
                 counters_[random_.below(5)],
                 static_cast<std::int64_t>(random_.below(9)) - 3,
                 {},
                 nullptr,
                 std::nullopt};
    send(made);
    requests_.push_back(std::move(made));
    run_some();
  }
  void retry() {
    if (requests_.empty()) return;
    Request& request = requests_[random_.below(requests_.size())];
    note(request);
    send(request);
  }
  void send(Request& request) {
    const CommandContext context = world_.context(request.key, request.key);
    request.command = context.command;
    request.heard = world_.submit(context, Add{request.counter, request.by, 1});
  }
  void give() {
    if (random_.below(4) == 0) {
      world_.submit(OpenAccount{accounts_[random_.below(4)], 50});
    } else {
      world_.submit(Give{world_.id("gft"), accounts_[random_.below(4)], accounts_[random_.below(4)],
                         static_cast<std::int64_t>(random_.below(20))});
    }
  }
  void later() {
    const Timestamp due =
        random_.below(4) == 0
            ? Timestamp()
            : world_.host.clock().now() + std::chrono::milliseconds(random_.below(5000));
    world_.submit(AddLater{counters_[random_.below(5)], random_.below(2) == 0 ? "a" : "b", due,
                           static_cast<std::int64_t>(random_.below(5)) - 1});
  }

  /// What a client has heard must stay true for ever.
  void note(Request& request) {
    if (!request.heard || !request.heard->answer) return;
    EXPECT_LE(request.heard->times, 1);
    const auto& answer = *request.heard->answer;
    if (answer) {
      const std::int64_t value = request.heard->value();
      if (request.answer) {
        EXPECT_EQ(*request.answer, value) << request.key;
      }
      EXPECT_FALSE(request.refused) << request.key;
      request.answer = value;
    } else if (answer.error().reason == "below_zero") {
      EXPECT_FALSE(request.answer) << request.key;
      request.refused = true;
    } else if (answer.error().code == ErrorCode::Unavailable) {
      nothing_happened_.insert(request.command);
    }
  }

  void heal() {
    world_.journal.expect({});
    world_.journal.release();
    world_.checkpoints.set_unavailable(false);
    world_.host.advance(std::chrono::minutes(3));
  }

  void check() {
    for (Request& request : requests_) {
      note(request);
      send(request);
      world_.run();
      ASSERT_TRUE(request.heard->answer) << request.key;
      ASSERT_TRUE(request.heard->ok() || request.heard->reason() == "below_zero")
          << request.key << " " << request.heard->reason();
      note(request);
    }
    const Model before(world_.events());
    for (const TypeId& command : nothing_happened_) {
      EXPECT_FALSE(before.commands.contains(command)) << command.to_string();
    }
    compare(before);
    world_.restart();
    compare(before);
    EXPECT_TRUE(world_.checkpoints.clear(World::kPartition));
    world_.restart();
    compare(before);
    EXPECT_EQ(world_.engine->stats().timers_waiting, 0U);
  }
  void compare(const Model& model) {
    for (const TypeId& counter : counters_) {
      const auto found = model.counters.find(counter);
      EXPECT_EQ(world_.value(counter), found == model.counters.end() ? 0 : found->second);
    }
    for (const TypeId& account : accounts_) {
      const auto found = model.balances.find(account);
      const auto seen = world_.look<Account>(account);
      ASSERT_EQ(seen.has_value(), found != model.balances.end());
      if (seen) {
        EXPECT_EQ(seen->balance, found->second);
      }
    }
  }

  SeededRandom random_;
  World world_;
  std::vector<TypeId> counters_;
  std::vector<TypeId> accounts_;
  std::vector<Request> requests_;
  std::set<TypeId> nothing_happened_;  ///< Commands whose callers heard Unavailable.
};

TEST(EngineProperty, answers_stay_true_through_faults_crashes_and_restarts) {
  for (std::uint64_t seed = 1; seed <= seeds_to_try(150); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Chaos(seed).run(250);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace remit::engine
