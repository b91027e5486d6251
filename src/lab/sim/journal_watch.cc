#include "lab/sim/journal_watch.h"

#include "kit/engine/fold.h"
#include "kit/journal/verify_chain.h"
#include "pay/ledger/invariants.h"
#include "pay/payments/invariants.h"

#include <fmt/format.h>

namespace remit::lab::sim {

journal::InvariantWatch watch_journal() {
  return journal::InvariantWatch(payments::client_invariants());
}

journal::Violation journal_holds(journal::Journal& journal, journal::PartitionId partition,
                                 journal::InvariantWatch& watch) {
  const Result<void> followed = watch.follow(journal, partition);
  return followed ? watch.first_violation() : followed.error().describe();
}

journal::Violation chain_is_whole(journal::Journal& journal, journal::PartitionId partition) {
  const auto report = journal::verify_chain(journal, partition);
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
