#include "app/verify_partition.h"

#include "app/verify_read_model.h"
#include "kit/engine/fold.h"
#include "kit/engine/invariants.h"
#include "kit/flow/sqlite/sqlite_checkpoint_table.h"
#include "kit/flow/state.h"
#include "kit/journal/invariant.h"
#include "kit/journal/verify_chain.h"
#include "pay/ledger/invariants.h"
#include "pay/payments/invariants.h"
#include "pay/webhooks/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace remit::app {
namespace {

constexpr journal::PartitionId kSystemPartition{0};

class PartitionVerification {
 public:
  PartitionVerification(Storage& storage, journal::PartitionId partition,
                        const ProofProgress& progress)
      : storage_(storage), partition_(partition), progress_(progress) {}

  Result<std::vector<Proof>> run() {
    TRY(chain_holds());
    if (all_hold()) TRY(invariants_hold());
    if (all_hold()) TRY(fold_holds());
    if (partition_ != kSystemPartition) {
      if (all_hold()) TRY(read_model_holds());
      if (all_hold()) TRY(facts_are_told());
    }
    return std::move(proofs_);
  }

 private:
  Result<void> chain_holds() {
    const journal::ChainReport report = TRY(journal::verify_chain(
        *storage_.journal, partition_, [this](journal::Sequence done, journal::Sequence end) {
          progress_("chain", done.value, end.value);
        }));
    const std::string what = fmt::format("chain of partition {}", partition_.value);
    if (!report.broken) {
      return prove(what,
                   fmt::format("{} commits, {} events, head {}", report.commits, report.events,
                               to_hex(view_of(report.head.chain)).substr(0, 16)));
    }
    const journal::ChainBreak& broken = *report.broken;
    return refute(
        what,
        fmt::format("commit {} (positions {} to {}, first event {}) is damaged: {}",
                    broken.sequence.value, broken.first_position.value, broken.last_position.value,
                    broken.first_event.empty() ? "unreadable" : broken.first_event, broken.why));
  }

  Result<void> invariants_hold() {
    auto invariants = partition_ == kSystemPartition ? engine::partition_invariants()
                                                     : payments::client_invariants();
    if (partition_ != kSystemPartition) {
      // Both take part as invariants, and are asked again when there are states and rows to compare with.
      auto books = std::make_unique<ledger::Books>();
      auto told = std::make_unique<webhooks::ToldFacts>();
      books_ = books.get();
      told_ = told.get();
      invariants.push_back(std::move(books));
      invariants.push_back(std::move(told));
    }
    watch_.emplace(std::move(invariants));
    TRY(watch_->follow(*storage_.journal, partition_,
                       [this](journal::Position done, journal::Position end) {
                         progress_("invariants", done.value, end.value);
                       }));
    for (const journal::Finding& finding : watch_->findings()) {
      const bool asked_again = books_ != nullptr && !finding.violation &&
                               (finding.name == books_->name() || finding.name == told_->name());
      if (asked_again) continue;
      const std::string what = fmt::format("{} in partition {}", finding.name, partition_.value);
      proofs_.push_back({what, !finding.violation, finding.violation.value_or(finding.seen)});
    }
    return {};
  }

  Result<void> fold_holds() {
    journal::Violation wrong_account;
    engine::FoldOptions options;
    options.progress = [this](journal::Position done, journal::Position end) {
      progress_("fold", done.value, end.value);
    };
    options.visit = [&](const TypeId& id, const void* state) {
      if (books_ == nullptr) return;
      if (id.prefix() == ledger::Account::kPrefix && !wrong_account) {
        wrong_account = books_->compare(*static_cast<const ledger::Account*>(state));
      } else if (id.prefix() == flow::FlowState::kPrefix) {
        told_->take_flow(*static_cast<const flow::FlowState*>(state));
      }
    };
    const engine::FoldReport report = TRY(engine::verify_fold(
        registry_, *storage_.journal, *storage_.checkpoints, partition_, options));
    const std::string what = fmt::format("states of partition {}", partition_.value);
    if (report.difference) {
      return refute(what, fmt::format("{} is {} by the fold and {} in the checkpoint",
                                      report.difference->entity.to_string(),
                                      report.difference->folded, report.difference->found));
    }
    TRY(prove(what, fmt::format("{} events folded, {} states of the checkpoint equal",
                                report.events, report.compared_with_checkpoint)));
    if (books_ != nullptr) show_books(wrong_account);
    return {};
  }

  void show_books(const journal::Violation& wrong_account) {
    if (wrong_account) proofs_.push_back({std::string(books_->name()), false, *wrong_account});
    if (const journal::Violation wrong_sum = books_->compare_sums()) {
      proofs_.push_back({"ledger", false, *wrong_sum});
    }
    if (!all_hold()) return;
    for (const auto& [currency, sum] : books_->sums()) {
      proofs_.push_back(
          {fmt::format("ledger in {}", currency), true,
           fmt::format("debits {} and credits {} posted, {} and {} pending, {} accounts",
                       sum.balances.debits_posted, sum.balances.credits_posted,
                       sum.balances.debits_pending, sum.balances.credits_pending, sum.accounts)});
    }
  }

  Result<void> read_model_holds() {
    const ReadModelReport report = TRY(verify_read_model(
        registry_, *storage_.journal, partition_, storage_.read_model_file(partition_.value)));
    const std::string what = fmt::format("read model of partition {}", partition_.value);
    if (!report.differences.empty()) return refute(what, report.differences.front());
    return prove(what, report.stored ? fmt::format("{} rows equal to one made anew from {} events",
                                                   report.rows, report.events)
                                     : "there is none yet; the next start makes it");
  }

  Result<void> facts_are_told() {
    const std::string rows_file = storage_.read_model_file(partition_.value);
    const std::string what = fmt::format("{} in partition {}", told_->name(), partition_.value);
    if (!std::filesystem::exists(rows_file)) {
      return prove(what, "nothing was published yet: there is no read model");
    }
    sqlite::Database rows = TRY(sqlite::Database::open(rows_file, {.read_only = true}));
    const auto checkpoints =
        TRY(flow::SqliteCheckpointTable::open(storage_.directory.flow_checkpoints().string()));
    if (const journal::Violation untold = TRY(told_->compare(rows, *checkpoints))) {
      return refute(what, *untold);
    }
    return prove(what, told_->seen());
  }

  bool all_hold() const {
    return std::ranges::all_of(proofs_, [](const Proof& proof) { return proof.holds; });
  }
  Result<void> prove(std::string what, std::string detail) {
    proofs_.push_back({std::move(what), true, std::move(detail)});
    return {};
  }
  Result<void> refute(std::string what, std::string detail) {
    proofs_.push_back({std::move(what), false, std::move(detail)});
    return {};
  }

  Storage& storage_;
  const journal::PartitionId partition_;
  const ProofProgress& progress_;
  const engine::Registry registry_ = make_registry();
  std::optional<journal::InvariantWatch> watch_;
  ledger::Books* books_ = nullptr;       ///< Owned by the watch; absent in the system's partition.
  webhooks::ToldFacts* told_ = nullptr;  ///< Likewise.
  std::vector<Proof> proofs_;
};

}  // namespace

Result<std::vector<Proof>> verify_partition(Storage& storage, journal::PartitionId partition,
                                            const ProofProgress& progress) {
  return PartitionVerification(storage, partition, progress).run();
}

}  // namespace remit::app
