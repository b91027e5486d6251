#pragma once

#include "kit/engine/checkpoint_capture.h"
#include "kit/engine/checkpoint_store.h"
#include "kit/engine/entity_cache.h"
#include "kit/engine/registry.h"
#include "kit/engine/timer_queue.h"
#include "kit/engine/undo_log.h"
#include "kit/journal/journal.h"

#include <deque>
#include <optional>
#include <vector>

namespace remit::engine {

/// The states of one partition as staged: loaded on demand, changed by events, undone by command, kept within a bound.
/// One thread at a time. When something staged is lost, the whole object is thrown away and made anew.
class States final : public EntityAccess {
 public:
  struct Ports {
    const Registry& registry;
    journal::Journal& journal;
    CheckpointStore& checkpoints;
    journal::PartitionId partition;
  };
  explicit States(Ports ports);

  const void* find(const TypeId& id) override;
  void* change(const TypeId& id) override;

  /// The slot of the entity, loaded if need be. Fails with what the journal or the store said.
  Result<Slot*> load(const TypeId& id);
  /// The same for places that cannot return a Result; throws LoadFailed.
  Slot& obtain(const TypeId& id);
  /// Runs `work` and turns a load that failed within it into its error.
  template <class Work>
  auto guarded(Work work) -> decltype(work()) {
    load_failed_ = false;
    try {
      return work();
    } catch (LoadFailed& failed) {
      home_ = nullptr;
      load_failed_ = true;
      return std::unexpected(std::move(failed.error));
    }
  }
  /// Whether the last `guarded` ended in a load that failed.
  bool load_failed() const { return load_failed_; }

  /// All changes until the next call belong to this commit, and what is loaded is loaded as of the ones before it: events
  /// from `first` on in the journal are those of a newer writer, which the append will hear of.
  void begin_commit(journal::Sequence sequence, Position first) {
    sequence_ = sequence;
    fold_before_ = first;
  }
  void begin_command() { undo_.begin(); }
  void keep_command() { undo_.keep(); }
  void undo_command();

  /// Applies an event as `decide` made it. `home` is the slot of its stream.
  void apply(Slot& home, const EventKind& kind, const void* event, const EventContext& context);
  /// Applies a commit as it was stored, when the states are those of all commits before it.
  Result<void> replay(const journal::StoredCommit& stored);

  /// All commits up to this one are durable: what only they changed may leave memory again.
  void durable(journal::Sequence sequence);
  /// The commit that was begun stays empty and will not be appended: what was changed and undone in it may leave memory.
  void abandon_commit();
  void evict(std::size_t idle_max) { cache_.evict(idle_max); }
  /// Reads the timers that wait out of the checkpoint, before the tail is replayed.
  Result<void> load_timers();
  /// Folds the slot's stream from the journal and CHECKs that it gives the same state. For a Fold entity whose last change
  /// is durable; a journal that cannot be read proves nothing.
  void check_fold(Slot& slot);

  CheckpointCapture& capture() { return capture_; }
  void checkpoint_saved();
  TimerQueue& timers() { return timers_; }
  EntityCache& cache() { return cache_; }
  const EntityKind& timer_kind() const { return *timer_kind_; }
  /// A Fold entity changed by the commit that became durable last; nullptr if it has none. For sampling.
  Slot* last_settled() const { return last_settled_; }

 private:
  struct Staged {
    journal::Sequence sequence;
    Slot* slot;
  };
  const EntityKind& kind_of(const TypeId& id);
  Result<Slot*> load_slot(const TypeId& id);
  void before_change(Slot& slot);
  Result<void> replay_event(const journal::StoredCommit& stored, std::size_t index);
  void end_event(Slot& home);
  void settle(Slot& slot);
  void unqueue_timer(const Slot& slot);
  void queue_timer(const Slot& slot);

  Ports ports_;
  const EntityKind* timer_kind_;
  EntityCache cache_;
  UndoLog undo_;
  CheckpointCapture capture_;
  TimerQueue timers_;
  std::vector<const EntityKind*> kinds_;
  std::deque<Staged> staged_;  ///< Fold entities changed by commits that are not durable yet.
  journal::Sequence sequence_;
  journal::Sequence durable_;
  Position
      fold_before_;  ///< Streams are folded up to here; while replaying, to the event being applied.
  bool load_failed_ = false;
  Slot* home_ = nullptr;  ///< Of the event being applied.
  Slot* last_settled_ = nullptr;
};

}  // namespace remit::engine
