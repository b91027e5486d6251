#include "kit/journal/invariant.h"

#include "kit/journal/commit_record.h"

#include <fmt/format.h>

#include <utility>

namespace remit::journal {

InvariantWatch::InvariantWatch(std::vector<std::unique_ptr<Invariant>> invariants) {
  for (auto& invariant : invariants) watched_.push_back({std::move(invariant), std::nullopt});
}

Result<void> InvariantWatch::follow(Journal& journal, PartitionId partition,
                                    const std::function<void(Position, Position)>& progress) {
  const Head head = TRY(journal.head(partition));
  while (through_ < head.sequence) {
    const auto page = TRY(journal.read_commits(partition, through_.next(), {}));
    if (page.empty()) {
      return fail(ErrorCode::Corrupt, "journal_has_a_gap",
                  fmt::format("Commit {} is missing; restore the journal from a copy.",
                              through_.value + 1));
    }
    for (const StoredCommit& stored : page) {
      for (Watched& one : watched_) {
        if (!one.violation) one.violation = one.invariant->look(stored);
      }
      through_ = stored.commit.sequence;
    }
    if (progress) progress(last_position(page.back().commit), head.position);
  }
  return {};
}

std::vector<Finding> InvariantWatch::findings() const {
  std::vector<Finding> all;
  for (const Watched& one : watched_) {
    all.push_back({one.invariant->name(), one.invariant->seen(), one.violation});
  }
  return all;
}

Violation InvariantWatch::first_violation() const {
  for (const Watched& one : watched_) {
    if (one.violation) return fmt::format("{}: {}", one.invariant->name(), *one.violation);
  }
  return std::nullopt;
}

}  // namespace remit::journal
