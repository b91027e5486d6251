#include "kit/base/host.h"
#include "kit/base/random.h"
#include "kit/engine/engine.h"
#include "kit/engine/sqlite/sqlite_checkpoint_store.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "lab/bench/bench.h"
#include "pay/ledger/account.h"
#include "pay/ledger/transfer.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace remit::lab::bench {
namespace {

constexpr std::size_t kAccounts = 10'000;
constexpr std::size_t kTransfers = 100'000;
constexpr std::size_t kTransfersPerCommand = 100;
constexpr std::size_t kCommandsUnderWayMax = 256;

/// Submits with so many under way, and counts what failed.
class Caller {
 public:
  Caller(engine::Engine& engine, Clock& clock) : engine_(engine), clock_(clock), random_(7) {}

  template <engine::Command C>
  void submit(C command) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return under_way_ < kCommandsUnderWayMax; });
      ++under_way_;
    }
    engine::CommandContext context;
    context.command = make_id("cmd");
    context.client = client_;
    engine_.submit(std::move(context), std::move(command),
                   [this](const Result<engine::Answered>& answer) {
                     const std::lock_guard lock(mutex_);
                     if (!answer) ++failed_;
                     --under_way_;
                     changed_.notify_all();
                   });
  }
  /// Waits for all; the number that failed.
  std::size_t finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
    return failed_;
  }
  TypeId make_id(std::string_view prefix) { return TypeId::make(prefix, clock_.now(), random_); }
  std::size_t pick(std::size_t bound) { return random_.below(bound); }

 private:
  engine::Engine& engine_;
  Clock& clock_;
  SeededRandom random_;
  const ClientId client_{"cli", {1}};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::size_t failed_ = 0;
};

ledger::CreateTransfers make_command(Caller& caller, const std::vector<TypeId>& accounts,
                                     Accounts pattern) {
  ledger::CreateTransfers command{.transfers = {}, .linked = false};
  command.transfers.reserve(kTransfersPerCommand);
  for (std::size_t i = 0; i < kTransfersPerCommand; ++i) {
    const std::size_t from = pattern == Accounts::OneHot ? 0 : caller.pick(kAccounts);
    std::size_t to = 1 + caller.pick(kAccounts - 1);
    if (to == from) to = to == 1 ? 2 : 1;
    command.transfers.push_back({.id = caller.make_id(ledger::Transfer::kPrefix),
                                 .debit_account = accounts[from],
                                 .credit_account = accounts[to],
                                 .amount = 100,
                                 .currency = Currency::of("GBP")});
  }
  return command;
}

}  // namespace

Result<double> measure_ledger_transfers(const std::string& directory, Accounts pattern) {
  const auto journal = TRY(journal::SqliteJournal::open(directory + "/journal.db", {}));
  const auto checkpoints = TRY(engine::SqliteCheckpointStore::open(directory + "/states.db"));
  engine::Registry registry;
  ledger::register_kinds(registry);
  SystemClock clock;
  const auto host = make_thread_host(clock);
  const journal::PartitionId partition(1);
  const auto engine =
      TRY(engine::Engine::open(registry, {*journal, *checkpoints, *host}, partition, {}));
  engine->start();
  Caller caller(*engine, clock);
  std::vector<TypeId> accounts;
  accounts.reserve(kAccounts);
  for (std::size_t i = 0; i < kAccounts; ++i) {
    accounts.push_back(caller.make_id(ledger::Account::kPrefix));
    caller.submit(ledger::OpenAccount{.id = accounts.back(),
                                      .name = "bench",
                                      .type = ledger::AccountType::Asset,
                                      .currency = Currency::of("GBP")});
  }
  std::size_t failed = caller.finish();
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t made = 0; made < kTransfers; made += kTransfersPerCommand) {
    caller.submit(make_command(caller, accounts, pattern));
  }
  failed += caller.finish();
  TRY(journal->catch_up_indexes(partition));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  engine->stop();
  if (failed > 0)
    return fail(ErrorCode::Internal, "transfers_failed",
                fmt::format("{} commands failed.", failed));
  return static_cast<double>(kTransfers) / took.count();
}

}  // namespace remit::lab::bench
