#include "kit/base/host.h"
#include "kit/engine/engine.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/engine/sqlite/sqlite_checkpoint_store.h"
#include "kit/journal/memory/memory_journal.h"
#include "kit/journal/sqlite/sqlite_journal.h"

#include <benchmark/benchmark.h>
#include <boost/describe.hpp>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <unistd.h>

/// What one movement of money costs the engine: an event in a stream of its own that changes two of a thousand accounts.
namespace remit::engine::bench {

struct Account {
  static constexpr std::string_view kPrefix = "acc";
  static constexpr LoadPolicy kLoadPolicy = LoadPolicy::Snapshot;
  std::int64_t debits = 0;
  std::int64_t credits = 0;
};
BOOST_DESCRIBE_STRUCT(Account, (), (debits, credits))

struct Transfer {
  static constexpr std::string_view kPrefix = "trf";
  static constexpr LoadPolicy kLoadPolicy = LoadPolicy::Fold;
  TypeId from;
  TypeId to;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(Transfer, (), (from, to, amount))

struct Transferred {
  static constexpr EventType kType{"transfer.posted", 1};
  TypeId from;
  TypeId to;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(Transferred, (), (from, to, amount))

void evolve(Changes& changes, const Transferred& event, const EventContext& context) {
  changes.change<Transfer>(context.stream) = {event.from, event.to, event.amount};
  changes.change<Account>(event.from).debits += event.amount;
  changes.change<Account>(event.to).credits += event.amount;
}

struct Posting {
  TypeId id;
  TypeId from;
  TypeId to;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(Posting, (), (id, from, to, amount))

struct Done {};
BOOST_DESCRIBE_STRUCT(Done, (), ())

struct Post {
  static constexpr std::string_view kName = "transfer.post";
  using Answer = Done;
  std::vector<Posting> postings;
};
BOOST_DESCRIBE_STRUCT(Post, (), (postings))

Result<Done> decide(View& view, const Post& command) {
  for (const Posting& posting : command.postings) {
    if (view.find<Transfer>(posting.id) != nullptr) {
      return fail(ErrorCode::Conflict, "transfer_exists", "Use a new id.");
    }
    view.emit(posting.id, Transferred{posting.from, posting.to, posting.amount});
  }
  return Done{};
}

/// Keeps so many commands under way, as a busy edge does.
class Window {
 public:
  explicit Window(std::size_t max) : left_(max), max_(max) {}
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return left_ > 0; });
    --left_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    ++left_;
    changed_.notify_all();
  }
  void wait_empty() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return left_ == max_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t left_;
  const std::size_t max_;
};

Registry make_registry() {
  Registry registry;
  registry.entity<Account>();
  registry.entity<Transfer>();
  registry.event<Transferred>();
  registry.command<Post>();
  return registry;
}

void post(benchmark::State& state, journal::Journal& journal, CheckpointStore& checkpoints) {
  const auto per_command = static_cast<std::size_t>(state.range(0));
  const Registry registry = make_registry();
  SystemClock clock;
  const auto host = make_thread_host(clock);
  auto engine = *Engine::open(registry, {journal, checkpoints, *host}, journal::PartitionId(1), {});
  engine->start();
  SeededRandom random(1);
  std::vector<TypeId> accounts;
  for (int i = 0; i < 1000; ++i) accounts.push_back(TypeId::make("acc", clock.now(), random));
  Window window(std::max<std::size_t>(32, 8192 / per_command));
  std::uint64_t failures = 0;
  for (auto _ : state) {
    Post command;
    const Timestamp now = clock.now();
    for (std::size_t i = 0; i < per_command; ++i) {
      command.postings.push_back({TypeId::make("trf", now, random), accounts[random.below(1000)],
                                  accounts[random.below(1000)], 100});
    }
    CommandContext context;
    context.command = TypeId::make("cmd", now, random);
    window.enter();
    engine->submit(std::move(context), std::move(command), [&](Result<Answered> answer) {
      failures += answer ? 0 : 1;
      window.leave();
    });
  }
  window.wait_empty();
  CHECK(failures == 0, "{} commands failed", failures);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["commits"] = static_cast<double>(engine->stats().commits);
  engine->stop();
}

void post_in_memory(benchmark::State& state) {
  journal::MemoryJournal journal;
  MemoryCheckpointStore checkpoints;
  post(state, journal, checkpoints);
}
BENCHMARK(post_in_memory)->Arg(1)->Arg(200)->UseRealTime();

void post_durable(benchmark::State& state) {
  const auto directory =
      std::filesystem::temp_directory_path() / fmt::format("remit-engine-bench-{}", ::getpid());
  std::filesystem::create_directories(directory);
  {
    auto journal = *journal::SqliteJournal::open(directory / "journal.db", {});
    auto checkpoints = *SqliteCheckpointStore::open(directory / "states.db");
    post(state, *journal, *checkpoints);
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(post_durable)->Arg(1)->Arg(200)->UseRealTime();

/// What a start without a checkpoint costs for each event.
void replay(benchmark::State& state) {
  constexpr std::uint64_t kCommits = 200;
  constexpr std::uint64_t kEvents = 1000;
  journal::MemoryJournal journal;
  const auto head = *journal.acquire(journal::PartitionId(1));
  SeededRandom random(1);
  const auto id = [&](std::string_view prefix) { return TypeId::make(prefix, {}, random); };
  std::vector<TypeId> accounts;
  for (int i = 0; i < 1000; ++i) accounts.push_back(id("acc"));
  for (std::uint64_t number = 0; number < kCommits; ++number) {
    journal::Commit commit;
    commit.sequence = journal::Sequence(number + 1);
    commit.first_position = Position(number * kEvents + 1);
    commit.causes.push_back({id("cmd"), id("cmd"), {}, {}});
    for (std::uint64_t i = 0; i < kEvents; ++i) {
      const Transferred event{accounts[random.below(1000)], accounts[random.below(1000)], 1};
      commit.events.push_back(
          {id("trf"), Version(1), "transfer.posted", 1, 0, codec::encode(event)});
    }
    journal.append(journal::PartitionId(1), head.epoch, std::move(commit),
                   [](const journal::AppendOutcome&) {});
  }
  const Registry registry = make_registry();
  SystemClock clock;
  const auto host = make_thread_host(clock);
  for (auto _ : state) {
    MemoryCheckpointStore checkpoints;
    EngineOptions options;
    options.checkpoint_events_max = kCommits * kEvents * 2;
    const auto engine =
        *Engine::open(registry, {journal, checkpoints, *host}, journal::PartitionId(1), options);
    CHECK(engine->stats().events_replayed == kCommits * kEvents, "a short replay");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kCommits * kEvents));
}
BENCHMARK(replay)->UseRealTime();

}  // namespace remit::engine::bench

BENCHMARK_MAIN();
