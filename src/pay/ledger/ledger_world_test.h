#pragma once

#include "kit/base/manual_host.h"
#include "kit/engine/engine.h"
#include "kit/engine/faulty_journal_test.h"
#include "kit/engine/fold.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/journal/memory/memory_journal.h"
#include "pay/ledger/transfer.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remit::ledger {

/// A ledger on an engine in memory, in virtual time. The journal and the checkpoints survive a crash.
class LedgerWorld {
 public:
  using Register = void (*)(engine::Registry&);
  /// `register_more` adds the kinds of another owner.
  explicit LedgerWorld(std::uint64_t seed = 1, Register register_more = nullptr)
      : host(seed), random_(seed) {
    register_kinds(registry);
    if (register_more != nullptr) register_more(registry);
    open();
  }
  ~LedgerWorld() { engine->stop(); }

  void open() {
    engine::EngineOptions options;
    options.verify_events_every = 1;
    options.entities_max = 5;
    options.checkpoint_events_max = 30;
    auto opened =
        engine::Engine::open(registry, {faulty_journal, checkpoints, host}, kPartition, options);
    ASSERT_TRUE(opened) << opened.error().describe();
    engine = *std::move(opened);
    engine->start();
  }
  void crash() {
    engine->stop();
    engine.reset();
    open();
  }

  TypeId id(std::string_view prefix) { return TypeId::make(prefix, host.clock().now(), random_); }

  /// Submits on behalf of the client and runs until it is answered.
  template <engine::Command C>
  Result<typename C::Answer> ask_as(const ClientId& who, C command, std::string actor = {}) {
    engine::CommandContext context;
    context.actor = std::move(actor);
    context.command = id("cmd");
    context.client = who;
    std::optional<Result<engine::Answered>> answer;
    engine->submit(std::move(context), std::move(command),
                   [&](Result<engine::Answered> heard) { answer = std::move(heard); });
    host.step_until_idle();
    if (!answer) return fail(ErrorCode::Internal, "not_answered", "The engine said nothing.");
    if (!*answer) return std::unexpected(answer->error());
    return codec::decode<typename C::Answer>((*answer)->body);
  }
  template <engine::Command C>
  Result<typename C::Answer> ask(C command) {
    return ask_as(client, std::move(command));
  }
  template <engine::Entity E>
  std::optional<E> look(const TypeId& entity) {
    std::optional<E> seen;
    engine->query(
        [&](engine::ReadView& view) {
          if (const E* state = view.find<E>(entity)) seen = *state;
        },
        [](Result<engine::Position>) {});
    host.step_until_idle();
    return seen;
  }
  Balances balances(const TypeId& account) {
    const auto seen = look<Account>(account);
    EXPECT_TRUE(seen) << account.to_string();
    return seen ? seen->balances : Balances{};
  }

  TypeId open_account(std::string name, AccountType type = AccountType::Asset,
                      BalanceLimit limit = BalanceLimit::None,
                      Currency currency = Currency::of("GBP")) {
    const TypeId account = id("acc");
    const auto opened = ask(OpenAccount{account, std::move(name), type, currency, limit});
    EXPECT_TRUE(opened) << opened.error().describe();
    return account;
  }
  NewTransfer transfer(const TypeId& debit, const TypeId& credit, std::int64_t amount) {
    return {.id = id("trf"),
            .debit_account = debit,
            .credit_account = credit,
            .amount = amount,
            .currency = Currency::of("GBP"),
            .reference = "test"};
  }
  NewTransfer pending(const TypeId& debit, const TypeId& credit, std::int64_t amount) {
    NewTransfer made = transfer(debit, credit, amount);
    made.pending = true;
    return made;
  }
  /// The reason of the refusal, or "".
  std::string create(const NewTransfer& made) { return reason(ask(CreateTransfers{{made}, true})); }
  template <class T>
  static std::string reason(const Result<T>& answer) {
    return answer ? std::string() : answer.error().reason;
  }
  std::vector<journal::Event> events() {
    return *journal.read(kPartition, journal::Position(1), {.events_max = 1'000'000});
  }
  /// That the checkpoint and the running engine are equal to a fold of the journal from zero.
  void expect_fold_agrees() {
    std::optional<Result<engine::FoldReport>> report;
    engine->query(
        [&](engine::ReadView& view) {
          report = engine::verify_fold(registry, journal, checkpoints, kPartition, {.live = &view});
        },
        [](Result<engine::Position>) {});
    host.step_until_idle();
    ASSERT_TRUE(report && *report) << (report ? report->error().describe() : "not run");
    const auto& difference = (*report)->difference;
    EXPECT_FALSE(difference) << difference->entity.to_string() << ": " << difference->folded
                             << " but found " << difference->found;
  }

  static constexpr journal::PartitionId kPartition{1};
  ManualHost host;
  journal::MemoryJournal journal;
  engine::FaultyJournal faulty_journal{journal};  ///< As the engine has it.
  engine::MemoryCheckpointStore checkpoints;
  engine::Registry registry;
  ClientId client{"cli", {1}};
  std::unique_ptr<engine::Engine> engine;

 private:
  SeededRandom random_;
};

}  // namespace remit::ledger
