#include "lab/sim/journal_watch.h"

#include "kit/engine/fold.h"
#include "kit/engine/invariants.h"
#include "kit/journal/invariants.h"
#include "kit/journal/verify_chain.h"
#include "pay/ledger/invariants.h"
#include "pay/payments/invariants.h"

#include <fmt/format.h>

namespace remit::lab::sim {

journal::InvariantWatch watch_journal() {
  std::vector<std::unique_ptr<journal::Invariant>> all;
  all.push_back(journal::positions_have_no_gaps());
  all.push_back(journal::versions_have_no_gaps());
  all.push_back(journal::time_never_goes_back());
  all.push_back(journal::epochs_never_fall());
  all.push_back(journal::events_have_a_cause());
  all.push_back(journal::keys_are_answered_once(engine::EngineOptions().receipt_retention));
  all.push_back(engine::timers_end_once());
  all.push_back(ledger::transfers_end_once());
  all.push_back(ledger::limits_hold());
  all.push_back(payments::payments_take_listed_steps());
  all.push_back(payments::payments_have_one_key());
  all.push_back(payments::statuses_never_fall());
  all.push_back(payments::refunds_stay_within_payments());
  return journal::InvariantWatch(std::move(all));
}

journal::Violation journal_holds(World& world, journal::InvariantWatch& watch) {
  const Result<void> followed = watch.follow(world.disks->journal(), World::kPartition);
  return followed ? watch.first_violation() : followed.error().describe();
}

journal::Violation chain_is_whole(World& world) {
  const auto report = journal::verify_chain(world.disks->journal(), World::kPartition);
  if (!report) return report.error().describe();
  if (!report->broken) return std::nullopt;
  return fmt::format("commit {} is not in the chain: {}", report->broken->sequence.value,
                     report->broken->why);
}

journal::Violation books_balance(World& world) {
  std::vector<std::unique_ptr<journal::Invariant>> all;
  all.push_back(std::make_unique<ledger::Books>());
  auto& books = static_cast<ledger::Books&>(*all.front());
  journal::InvariantWatch watch(std::move(all));
  if (auto followed = watch.follow(world.disks->journal(), World::kPartition); !followed) {
    return followed.error().describe();
  }
  journal::Violation found;
  engine::FoldOptions options;
  options.visit = [&](const TypeId& id, const void* state) {
    if (found || id.prefix() != ledger::Account::kPrefix) return;
    found = books.compare(*static_cast<const ledger::Account*>(state));
  };
  const auto folded = engine::verify_fold(world.registry, world.disks->journal(),
                                          world.disks->checkpoints(), World::kPartition, options);
  if (!folded) return folded.error().describe();
  return found ? found : books.compare_sums();
}

}  // namespace remit::lab::sim
