#include "kit/base/host.h"
#include "kit/engine/engine.h"
#include "kit/engine/fold.h"
#include "kit/engine/sqlite/sqlite_checkpoint_store.h"
#include "kit/engine/tally_test.h"
#include "kit/journal/sqlite/sqlite_journal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <thread>
#include <unistd.h>

namespace remit::engine {
namespace {

using tally::Account;
using tally::Give;
using tally::OpenAccount;

constexpr journal::PartitionId kPartition{1};

/// The engine as production runs it: threads, the system's clock, SQLite files.
class EngineThreads : public testing::Test {
 protected:
  EngineThreads() {
    directory_ =
        std::filesystem::temp_directory_path() / fmt::format("remit-engine-{}", ::getpid());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    tally::register_all(registry_);
    options_.checkpoint_events_max = 500;
    options_.checkpoint_slice_max = 16;
    options_.entities_max = 300;
    options_.verify_events_every = 50;
  }
  ~EngineThreads() override {
    engine_.reset();
    journal_.reset();
    checkpoints_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    auto journal = journal::SqliteJournal::open(directory_ / "journal.db", {});
    ASSERT_TRUE(journal) << journal.error().describe();
    journal_ = *std::move(journal);
    auto checkpoints = SqliteCheckpointStore::open(directory_ / "states.db");
    ASSERT_TRUE(checkpoints) << checkpoints.error().describe();
    checkpoints_ = *std::move(checkpoints);
    auto engine = Engine::open(registry_, {*journal_, *checkpoints_, *host_}, kPartition, options_);
    ASSERT_TRUE(engine) << engine.error().describe();
    engine_ = *std::move(engine);
    engine_->start();
  }
  void close() {
    engine_.reset();
    checkpoints_.reset();
    journal_.reset();
  }
  template <Command C>
  void submit(std::uint64_t number, std::uint8_t thread, C command, CommandCallback done) {
    CommandContext context;
    context.command = id("cmd", number, thread);
    engine_->submit(std::move(context), std::move(command), std::move(done));
  }
  static TypeId id(std::string_view prefix, std::uint64_t number, std::uint8_t thread) {
    TypeId::Uuid uuid{};
    uuid[0] = thread;
    for (std::size_t i = 0; i < 8; ++i) {
      uuid[8 + i] = static_cast<std::uint8_t>(number >> (8 * (7 - i)));
    }
    return TypeId(prefix, uuid);
  }
  std::int64_t balance(const TypeId& account) {
    std::int64_t seen = -1;
    std::latch heard(1);
    engine_->query(
        [&](ReadView& view) {
          if (const auto* state = view.find<Account>(account)) seen = state->balance;
        },
        [&](Result<Position>) { heard.count_down(); });
    heard.wait();
    return seen;
  }

  std::filesystem::path directory_;
  SystemClock clock_;
  std::unique_ptr<Host> host_ = make_thread_host(clock_);
  Registry registry_;
  EngineOptions options_;
  std::unique_ptr<journal::SqliteJournal> journal_;
  std::unique_ptr<SqliteCheckpointStore> checkpoints_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineThreads, many_callers_many_commits_checkpoints_and_a_reopening) {
  constexpr std::uint8_t kThreads = 4;
  constexpr std::uint64_t kGifts = 1000;
  open();
  const TypeId rich = id("acc", 1, 200);
  const TypeId poor = id("acc", 2, 200);
  std::latch opened(2);
  submit(1, 200, OpenAccount{rich, 1'000'000}, [&](Result<Answered>) { opened.count_down(); });
  submit(2, 200, OpenAccount{poor, 0}, [&](Result<Answered>) { opened.count_down(); });
  opened.wait();

  std::atomic<std::uint64_t> given = 0;
  std::latch answered(kThreads * kGifts);
  {
    std::vector<std::jthread> callers;
    for (std::uint8_t thread = 0; thread < kThreads; ++thread) {
      callers.emplace_back([&, thread] {
        for (std::uint64_t number = 1; number <= kGifts; ++number) {
          submit(number, thread, Give{id("gft", number, thread), rich, poor, 1},
                 [&](Result<Answered> answer) {
                   given += answer ? 1 : 0;
                   answered.count_down();
                 });
        }
      });
    }
  }
  answered.wait();
  EXPECT_EQ(given, kThreads * kGifts);
  EXPECT_EQ(balance(poor), static_cast<std::int64_t>(given));
  EXPECT_LT(engine_->stats().commits, kThreads * kGifts) << "commands share commits";
  close();

  open();
  EXPECT_EQ(balance(poor), static_cast<std::int64_t>(given));
  EXPECT_LT(engine_->stats().events_replayed, kThreads * kGifts) << "only the tail";
  const auto report = verify_fold(registry_, *journal_, *checkpoints_, kPartition);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_FALSE(report->difference);
  EXPECT_EQ(report->events, kThreads * kGifts + 2);
}

TEST_F(EngineThreads, stop_with_work_under_way_answers_everybody_once) {
  open();
  constexpr int kCommands = 2000;
  std::atomic<int> heard = 0;
  for (std::uint64_t number = 1; number <= kCommands; ++number) {
    submit(number, 1, tally::Add{id("ctr", number % 10, 1), 1, 1},
           [&](Result<Answered>) { ++heard; });
  }
  engine_->stop();
  EXPECT_EQ(heard, kCommands);
}

TEST_F(EngineThreads, a_timer_fires_by_the_systems_clock) {
  open();
  const TypeId counter = id("ctr", 1, 1);
  std::latch set(1);
  submit(1, 1, tally::AddLater{counter, "a", clock_.now() + std::chrono::milliseconds(20), 5},
         [&](Result<Answered>) { set.count_down(); });
  set.wait();
  const Monotonic deadline = clock_.monotonic() + std::chrono::seconds(10);
  while (engine_->stats().timers_fired == 0 && clock_.monotonic() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(engine_->stats().timers_fired, 1U);
}

}  // namespace
}  // namespace remit::engine
