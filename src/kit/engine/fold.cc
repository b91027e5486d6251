#include "kit/engine/fold.h"

#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/engine/states.h"
#include "kit/engine/timer.h"

#include <fmt/format.h>

#include <utility>

namespace remit::engine {
namespace {

class Fold {
 public:
  Fold(const Registry& registry, journal::Journal& journal, CheckpointStore& checkpoints,
       journal::PartitionId partition, const FoldOptions& options)
      : registry_(registry),
        journal_(journal),
        checkpoints_(checkpoints),
        partition_(partition),
        options_(options),
        states_({registry, journal, nothing_, partition}) {}

  Result<FoldReport> run() {
    report_.head = TRY(journal_.head(partition_));
    report_.checkpoint = TRY(checkpoints_.latest(partition_));
    if (options_.live != nullptr && options_.live->position() != report_.head.position) {
      return fail(ErrorCode::Unavailable, "engine_busy",
                  "The engine has commits under way; ask again when it is idle.");
    }
    if (auto folded = fold_all(); !folded) return std::unexpected(std::move(folded).error());
    if (options_.live != nullptr && !report_.difference) compare_engine();
    if (options_.visit) visit_held();
    return std::move(report_);
  }

 private:
  Result<void> fold_all() {
    CheckpointMark at;
    while (at.sequence < report_.head.sequence) {
      const auto page = TRY(journal_.read_commits(partition_, at.sequence.next(), {}));
      if (page.empty()) return broken(at.sequence.next());
      for (const journal::StoredCommit& stored : page) {
        const journal::Commit& commit = stored.commit;
        if (commit.sequence != at.sequence.next() || commit.first_position != at.position.next() ||
            commit.time < at.time) {
          return broken(commit.sequence);
        }
        if (auto replayed = states_.replay(stored); !replayed) return replayed;
        at = {commit.sequence, at.position.plus(commit.events.size()), commit.time, stored.chain};
        report_.events += commit.events.size();
        if (at.sequence == report_.checkpoint.sequence) {
          if (auto compared = compare_checkpoint(at); !compared) return compared;
        }
        if (at.sequence == report_.head.sequence) break;
      }
      if (options_.progress) options_.progress(at.position, report_.head.position);
      states_.evict(options_.entities_max);
    }
    if (at.position != report_.head.position || at.chain != report_.head.chain) {
      return broken(at.sequence);
    }
    if (report_.checkpoint.sequence > report_.head.sequence) {
      return fail(ErrorCode::Corrupt, "checkpoint_ahead",
                  fmt::format("The checkpoint is of commit {}, the journal ends at {}; restore the "
                              "journal from a copy.",
                              report_.checkpoint.sequence.value, report_.head.sequence.value));
    }
    return {};
  }

  static Result<void> broken(journal::Sequence sequence) {
    return fail(ErrorCode::Corrupt, "journal_has_a_gap",
                fmt::format("Commit {} does not follow the one before it; restore the journal from "
                            "a copy.",
                            sequence.value));
  }

  Result<void> compare_checkpoint(const CheckpointMark& at) {
    if (at.chain != report_.checkpoint.chain || at.position != report_.checkpoint.position) {
      return fail(
          ErrorCode::Corrupt, "checkpoint_of_another_history",
          "The checkpoint does not belong to this journal; remove it, it will be made anew.");
    }
    std::uint64_t held = 0;
    states_.cache().for_each([&](Slot& slot) { held += is_stored(slot) ? 1 : 0; });
    for (const EntityKind* kind : registry_.entities()) {
      if (!states_.capture().holds(*kind)) continue;
      if (auto compared = compare_kind(*kind); !compared) return compared;
    }
    if (report_.difference || report_.compared_with_checkpoint == held) return {};
    // Everything stored is right, so something is missing: name it.
    Result<void> looked;
    states_.cache().for_each([&](Slot& slot) {
      if (!looked || report_.difference || !is_stored(slot)) return;
      const auto stored = checkpoints_.load(partition_, slot.id);
      if (!stored) looked = std::unexpected(stored.error());
      if (stored && !*stored) differ(FoldDifference::Where::Checkpoint, slot, {}, "absent");
    });
    return looked;
  }

  Result<void> compare_kind(const EntityKind& kind) {
    constexpr std::size_t kPageMax = 1000;
    TypeId after;
    while (true) {
      const auto page = TRY(checkpoints_.scan(partition_, kind.prefix, after, kPageMax));
      for (const StoredEntity& stored : page) {
        after = stored.id;
        ++report_.compared_with_checkpoint;
        if (report_.difference) return {};
        compare_stored(kind, stored);
      }
      if (page.size() < kPageMax) return {};
    }
  }

  void compare_stored(const EntityKind& kind, const StoredEntity& stored) {
    const auto decoded = kind.decode(*stored.state);
    const std::string found = decoded ? kind.to_json(decoded->get()) : decoded.error().describe();
    const Slot* slot = states_.cache().find(stored.id);
    if (slot == nullptr) {
      report_.difference = {
          FoldDifference::Where::Checkpoint, stored.id, {}, stored.version, "absent", found};
      return;
    }
    Bytes folded;
    if (slot->state) kind.encode(slot->state.get(), folded);
    if (!is_stored(*slot) || slot->version != stored.version || folded != *stored.state) {
      differ(FoldDifference::Where::Checkpoint, *slot, stored.version, found);
    }
  }

  void compare_engine() {
    states_.cache().for_each([&](Slot& slot) {
      if (report_.difference) return;
      const void* live = options_.live->find_erased(slot.id);
      ++report_.compared_with_engine;
      Bytes theirs;
      Bytes ours;
      if (live != nullptr) slot.kind->encode(live, theirs);
      if (slot.state) slot.kind->encode(slot.state.get(), ours);
      if (ours == theirs && (live != nullptr) == (slot.state != nullptr)) return;
      differ(FoldDifference::Where::Engine, slot, {},
             live != nullptr ? slot.kind->to_json(live) : "absent");
    });
  }

  void visit_held() {
    states_.cache().for_each([&](Slot& slot) {
      if (slot.state && states_.capture().holds(*slot.kind)) {
        options_.visit(slot.id, slot.state.get());
      }
    });
  }

  bool is_stored(const Slot& slot) {
    if (!slot.state || !states_.capture().holds(*slot.kind)) return false;
    return slot.kind->prefix != Timer::kPrefix ||
           static_cast<const Timer*>(slot.state.get())->due.has_value();
  }

  void differ(FoldDifference::Where where, const Slot& slot, Version found_version,
              std::string found) {
    report_.difference = {where,
                          slot.id,
                          slot.version,
                          found_version,
                          slot.state ? slot.kind->to_json(slot.state.get()) : "absent",
                          std::move(found)};
  }

  const Registry& registry_;
  journal::Journal& journal_;
  CheckpointStore& checkpoints_;
  const journal::PartitionId partition_;
  const FoldOptions& options_;
  MemoryCheckpointStore nothing_;  ///< Always empty: the fold starts at zero.
  States states_;
  FoldReport report_;
};

}  // namespace

Result<FoldReport> verify_fold(const Registry& registry, journal::Journal& journal,
                               CheckpointStore& checkpoints, journal::PartitionId partition,
                               const FoldOptions& options) {
  return Fold(registry, journal, checkpoints, partition, options).run();
}

}  // namespace remit::engine
