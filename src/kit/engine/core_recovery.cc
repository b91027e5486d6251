#include "kit/base/planted.h"
#include "kit/engine/core.h"
#include "kit/journal/commit_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remit::engine {
namespace {

constexpr Duration kRecoveryDelayFirst = std::chrono::milliseconds(50);
constexpr Duration kRecoveryDelayMax = std::chrono::seconds(5);
constexpr journal::ReadLimits kReplayPage{.events_max = 10'000};

Error recovering() {
  return {ErrorCode::Unavailable,
          "recovering",
          "A write did not end well and the journal is being read again; try again shortly.",
          {},
          nullptr};
}

Error not_written(const journal::AppendOutcome& outcome) {
  Error error{ErrorCode::Unavailable,
              "append_refused",
              "The journal did not take the write and nothing happened; retry with the same key.",
              {},
              nullptr};
  if (const auto* refused = std::get_if<journal::AppendRefused>(&outcome)) {
    error.cause = std::make_shared<const Error>(refused->error);
  }
  return error;
}

Error fenced_by(journal::Epoch mine) {
  return {ErrorCode::Fenced,
          "partition_fenced",
          fmt::format("A newer writer than epoch {} owns this partition; ask there.", mine.value),
          {},
          nullptr};
}

/// What no further attempt can mend.
bool ends_for_good(ErrorCode code) {
  return code == ErrorCode::Fenced || code == ErrorCode::Corrupt || code == ErrorCode::Unsupported;
}

}  // namespace

Result<void> Engine::Core::open() {
  auto recovered = recover();
  if (recovered) phase_ = Phase::Running;
  publish_stats();
  return recovered;
}

Error Engine::Core::out_of_reach(Error why) {
  return std::move(why).wrap(
      ErrorCode::Unavailable, "journal_unavailable",
      "The journal cannot be read or written at present; try again shortly.");
}

/// Stops deciding until the journal has told what is true. What is under way is waited for first.
void Engine::Core::begin_recovery() {
  if (phase_ != Phase::Running) return;
  phase_ = Phase::Recovering;
  ++stats_.recoveries;
  recovery_delay_ = kRecoveryDelayFirst;
  recovery_at_.reset();
  if (!saving_) job_ = nullptr;
  refuse_checkpoints(recovering());
}

void Engine::Core::try_recovery() {
  const bool under_way = saving_ || std::ranges::any_of(in_flight_, [](const InFlight& commit) {
                           return !commit.outcome;
                         });
  if (under_way) return;
  const Monotonic now = ports_.host.clock().monotonic();
  if (recovery_at_ && now < *recovery_at_) return;
  auto recovered = recover();
  if (recovered) {
    phase_ = Phase::Running;
    stats_.trouble.reset();
    return;
  }
  Error error = std::move(recovered).error();
  if (ends_for_good(error.code)) {
    halt(std::move(error));
    return;
  }
  stats_.trouble = std::move(error);
  answer_refused();
  recovery_at_ = now + recovery_delay_;
  wake_after(recovery_delay_);
  recovery_delay_ = std::min(recovery_delay_ * 2, kRecoveryDelayMax);
}

Result<void> Engine::Core::recover() {
  bool fenced = std::ranges::any_of(in_flight_, [](const InFlight& commit) {
    return std::holds_alternative<journal::AppendFenced>(*commit.outcome);
  });
  if (!fenced && epoch_ != journal::Epoch() && !acquire_unsure_) {
    const journal::Head seen = TRY(ports_.journal.head(partition_));
    fenced = seen.epoch > epoch_;
  }
  journal::Head head;
  if (!fenced) {
    // Raised before anything is read: a write whose end is unknown can no longer land behind our back.
    acquire_unsure_ = true;
    head = TRY(ports_.journal.acquire(partition_));
    acquire_unsure_ = false;
    CHECK(head.epoch > epoch_, "epoch {} after {}", head.epoch.value, epoch_.value);
    epoch_ = head.epoch;
  }
  if (auto resolved = resolve_in_flight(fenced); !resolved) return resolved;
  if (fenced) return std::unexpected(fenced_by(epoch_));
  if (head.sequence < durable_.sequence) {
    return fail(ErrorCode::Corrupt, "journal_went_back",
                fmt::format("The journal ends at commit {} but {} was durable; restore it from a "
                            "copy and run `remit verify`.",
                            head.sequence.value, durable_.sequence.value));
  }
  return rebuild(head);
}

/// Tells everybody who waits for a commit the truth, now that no late write can change it.
Result<void> Engine::Core::resolve_in_flight(bool fenced) {
  while (!in_flight_.empty()) {
    const journal::Sequence next = in_flight_.front().sequence;
    bool written = false;
    if (std::holds_alternative<journal::AppendUnknown>(*in_flight_.front().outcome)) {
      const auto page = TRY(ports_.journal.read_commits(partition_, next, {.events_max = 1}));
      written = !page.empty() && page.front().epoch == in_flight_.front().epoch;
      CHECK(page.empty() || page.front().commit.sequence == next, "commit {} read as {}",
            next.value, page.front().commit.sequence.value);
    }
    if (planted(Bug::UnknownTakenForLost)) written = false;
    if (planted(Bug::UnknownTakenForDurable)) written = true;
    InFlight commit = std::move(in_flight_.front());
    in_flight_.pop_front();
    CHECK(!std::holds_alternative<journal::Appended>(*commit.outcome),
          "commit {} is durable behind one that is not", next.value);
    const Error error = fenced ? fenced_by(epoch_) : not_written(*commit.outcome);
    for (Waiting& waiting : commit.waiting) {
      if (written) {
        waiting.succeed();
      } else {
        waiting.refuse(error);
      }
    }
  }
  return {};
}

/// What was certainly not written can be said while the journal is still out of reach: a disk may be full for hours.
void Engine::Core::answer_refused() {
  for (InFlight& commit : in_flight_) {
    if (!std::holds_alternative<journal::AppendRefused>(*commit.outcome)) continue;
    const Error error = not_written(*commit.outcome);
    for (Waiting& waiting : std::exchange(commit.waiting, {})) waiting.refuse(error);
  }
}

/// Makes the states anew: the last checkpoint, and the journal's tail behind it.
Result<void> Engine::Core::rebuild(const journal::Head& head) {
  if (states_ != nullptr && planted(Bug::StagedStatesKept)) return go_on_from(head);
  states_ = std::make_unique<States>(
      States::Ports{registry_, ports_.journal, ports_.checkpoints, partition_});
  receipts_ = std::make_unique<Receipts>(ports_.journal, partition_, options_.receipt_retention,
                                         options_.receipts_recent_max);
  job_ = nullptr;
  save_again_at_.reset();
  events_since_checkpoint_ = 0;
  saved_ = TRY(usable_mark(head));
  if (auto loaded = states_->load_timers(); !loaded) return loaded;
  if (auto replayed = replay_tail(head); !replayed) return replayed;
  return go_on_from(head);
}

/// The next commit follows this one.
Result<void> Engine::Core::go_on_from(const journal::Head& head) {
  durable_ = head;
  staged_sequence_ = head.sequence;
  staged_position_ = head.position;
  staged_time_ = head.time;
  staged_at_ = ports_.host.clock().monotonic();
  return {};
}

/// The stored checkpoint's mark if it belongs to this journal; otherwise the store is cleared and the fold starts at zero.
Result<CheckpointMark> Engine::Core::usable_mark(const journal::Head& head) {
  const CheckpointMark mark = TRY(ports_.checkpoints.latest(partition_));
  if (mark.sequence == journal::Sequence()) return mark;
  if (mark.sequence <= head.sequence) {
    const auto page =
        TRY(ports_.journal.read_commits(partition_, mark.sequence, {.events_max = 1}));
    if (!page.empty() && page.front().commit.sequence == mark.sequence &&
        page.front().chain == mark.chain) {
      return mark;
    }
  }
  ++stats_.checkpoints_discarded;
  if (auto cleared = ports_.checkpoints.clear(partition_); !cleared) {
    return std::unexpected(std::move(cleared).error());
  }
  return CheckpointMark{};
}

Result<void> Engine::Core::replay_tail(const journal::Head& head) {
  CheckpointMark at = saved_;
  while (at.sequence < head.sequence) {
    const auto page = TRY(ports_.journal.read_commits(partition_, at.sequence.next(), kReplayPage));
    for (const journal::StoredCommit& stored : page) {
      const journal::Commit& commit = stored.commit;
      if (commit.sequence != at.sequence.next() || commit.first_position != at.position.next() ||
          commit.time < at.time) {
        return fail(ErrorCode::Corrupt, "journal_has_a_gap",
                    fmt::format("Commit {} does not follow commit {}; run `remit verify`.",
                                commit.sequence.value, at.sequence.value));
      }
      if (journal::chain_after(at.chain, stored.stored) != stored.chain) {
        return fail(ErrorCode::Corrupt, "chain_broken",
                    fmt::format("Commit {} does not match its chain; run `remit verify`.",
                                commit.sequence.value));
      }
      const bool skipped =
          commit.sequence == head.sequence && planted(Bug::RecoverySkipsLastCommit);
      if (auto replayed = skipped ? Result<void>() : states_->replay(stored); !replayed) {
        return replayed;
      }
      at = {commit.sequence, at.position.plus(commit.events.size()), commit.time, stored.chain};
      stats_.events_replayed += commit.events.size();
      events_since_checkpoint_ += commit.events.size();
      if (auto saved = checkpoint_while_replaying(at); !saved) return saved;
    }
    states_->evict(options_.entities_max);
    if (page.empty()) break;
  }
  if (at.sequence != head.sequence || at.position != head.position || at.chain != head.chain) {
    return fail(ErrorCode::Corrupt, "journal_head_differs",
                fmt::format("The journal's commits end at {}/{} with another chain than its head "
                            "{}/{}; run `remit verify`.",
                            at.sequence.value, at.position.value, head.sequence.value,
                            head.position.value));
  }
  return {};
}

/// A long replay must not gather more changed states than memory holds.
Result<void> Engine::Core::checkpoint_while_replaying(const CheckpointMark& at) {
  CheckpointCapture& capture = states_->capture();
  if (events_since_checkpoint_ < options_.checkpoint_events_max &&
      capture.dirty() < options_.entities_max) {
    return {};
  }
  capture.begin();
  const bool all = capture.encode_slice(capture.dirty());
  CHECK(all, "{} entities are left to encode", capture.dirty());
  auto saved = ports_.checkpoints.save(partition_, at, capture.take());
  if (!saved) return saved;
  states_->checkpoint_saved();
  saved_ = at;
  events_since_checkpoint_ = 0;
  ++stats_.checkpoints;
  return {};
}

}  // namespace remit::engine
