#pragma once

#include "kit/base/inbox.h"
#include "kit/engine/batch.h"
#include "kit/engine/checkpointer.h"
#include "kit/engine/engine.h"
#include "kit/engine/mailbox.h"
#include "kit/engine/receipts.h"
#include "kit/engine/staged_view.h"
#include "kit/engine/states.h"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

namespace remit::engine {

struct CommandRequest {
  CommandContext context;
  const CommandKind* kind;
  std::shared_ptr<const void> command;
  CommandCallback done;
};
struct QueryRequest {
  std::move_only_function<void(ReadView&)> look;
  QueryCallback done;
};
struct CheckpointRequest {
  QueryCallback done;
};
using Request = std::variant<CommandRequest, QueryRequest, CheckpointRequest>;

/// A commit on its way to the disk and who waits for it.
struct InFlight {
  journal::Sequence sequence;
  journal::Epoch epoch;
  Position last_position;
  Timestamp time;
  std::vector<Waiting> waiting;
  std::optional<journal::AppendOutcome> outcome;
};

/// The engine's inside. core.cc admits and steps, core_batch.cc decides, core_timers.cc fires what is due,
/// core_append.cc makes it durable, core_checkpoint.cc saves states, core_recovery.cc opens and rebuilds. All but
/// `admit`, `drain`, `on_halted` and `stats` belongs to the engine's thread.
class Engine::Core {
 public:
  Core(const Registry& registry, Ports ports, journal::PartitionId partition, EngineOptions options,
       Component& owner);
  ~Core();

  /// Acquires the partition and rebuilds the states.
  Result<void> open();
  void start();
  void stop();
  bool step();

  void submit(CommandContext context, const CommandKind* kind, std::shared_ptr<const void> command,
              CommandCallback done);
  void query(QueryRequest request);
  void checkpoint(CheckpointRequest request);
  void drain(std::move_only_function<void()> done);
  void on_halted(std::move_only_function<void(const Error&)> listener);
  void on_put_off(PutOffListener listener) { put_off_listener_ = std::move(listener); }
  const Registry& registry() const { return registry_; }
  journal::PartitionId partition() const { return partition_; }
  EngineStats stats() const;

 private:
  /// Recovering: an append did not end durable, so nothing is decided until the states are rebuilt. Halted: for good.
  enum class Phase : std::uint8_t { Running, Recovering, Halted };

  // core.cc
  std::optional<Error> admit(Request& request);
  void take_completions();
  void take_requests();
  void refuse_requests(const Error& error);
  void refuse(Request& request, const Error& error);
  void halt(Error error);
  void wake_after(Duration delay);
  void put_off(PutOff what, Error cause);
  void caught_up(PutOff what);
  std::optional<Error>& trouble_of(PutOff what);
  bool has_work() const;
  void finish_drain();
  void publish_stats();

  // core_batch.cc
  Timestamp journal_now() const;
  bool run_batch();
  bool memory_full();
  bool waits_for_checkpoint();
  void decide(StagedView& view, Batch& batch, CommandRequest& request);
  bool answer_from_receipt(Batch& batch, CommandRequest& request);
  Result<void> preload(const CommandRequest& request);
  Result<Bytes> stage(StagedView& view, const CommandKind& kind, const void* command);
  void look(Batch& batch, QueryRequest& request);

  // core_timers.cc
  /// `was_aside`: how long, where it is tried again.
  struct DueTimer {
    TimerQueue::Item item;
    Duration was_aside{};
  };
  bool timer_due();
  bool timers_wait() const;
  std::optional<DueTimer> next_timer(Timestamp now) const;
  void fire_due_timers(StagedView& view, Batch& batch);
  Result<void> fire_timer(StagedView& view, const TimerQueue::Item& due);
  void set_aside(const DueTimer& timer, Error error);
  void note_timers();
  void wake_for_timers();

  // core_append.cc
  void close_batch(Batch& batch);
  void on_append(AppendDone done);
  void settle_appends();
  void settle(InFlight& commit, const journal::Head& head);
  void sample_fold();

  // core_checkpoint.cc
  void begin_checkpoint_if_due();
  bool advance_checkpoint();
  void on_save(SaveDone done);
  void refuse_checkpoints(const Error& error);

  // core_recovery.cc
  void begin_recovery();
  void try_recovery();
  Result<void> recover();
  Result<void> resolve_in_flight(bool fenced);
  void answer_refused();
  static Error out_of_reach(Error why);
  Result<void> rebuild(const journal::Head& head);
  Result<void> go_on_from(const journal::Head& head);
  Result<CheckpointMark> usable_mark(const journal::Head& head);
  Result<void> replay_tail(const journal::Head& head);
  Result<void> checkpoint_while_replaying(const CheckpointMark& at);

  const Registry& registry_;
  const Ports ports_;
  const journal::PartitionId partition_;
  const EngineOptions options_;
  Component& owner_;
  const std::shared_ptr<Mailbox> mailbox_;
  Checkpointer checkpointer_;
  Inbox<Request> inbox_;

  mutable std::mutex gate_;      ///< Guards what follows, up to the next blank line.
  std::optional<Error> closed_;  ///< Why nothing is admitted any more.
  std::move_only_function<void()> drained_;
  std::move_only_function<void(const Error&)> halted_listener_;
  EngineStats published_;

  PutOffListener put_off_listener_;
  Phase phase_ = Phase::Recovering;
  bool attached_ = false;
  std::optional<Error> halted_;
  std::unique_ptr<States> states_;
  std::unique_ptr<Receipts> receipts_;
  std::deque<Request> taken_;
  std::deque<InFlight> in_flight_;
  journal::Head durable_;
  journal::Epoch epoch_;  ///< The last one acquired: what appends name.
  bool acquire_unsure_ =
      false;  ///< The last acquire failed, so the epoch may have been raised by it.
  journal::Sequence staged_sequence_;
  Position staged_position_;
  Timestamp staged_time_;
  Monotonic staged_at_{};  ///< When that was.
  EngineStats stats_;
  std::uint64_t events_until_sample_ = 0;
  Duration recovery_delay_{};
  std::optional<Monotonic> recovery_at_;
  std::optional<Monotonic> wake_at_;
  std::optional<Monotonic> timers_again_at_;

  std::shared_ptr<CheckpointJob> job_;  ///< The checkpoint that is being made.
  bool job_encoded_ = false;
  bool saving_ = false;
  std::optional<Monotonic> save_again_at_;
  CheckpointMark saved_;
  std::uint64_t events_since_checkpoint_ = 0;
  std::vector<QueryCallback> checkpoint_waiting_;  ///< For the next one.
  std::vector<QueryCallback> job_waiting_;         ///< For the one that is being made.
};

}  // namespace remit::engine
