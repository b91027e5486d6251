#pragma once

#include "kit/base/host.h"
#include "kit/base/inbox.h"
#include "kit/base/random.h"
#include "kit/engine/engine.h"
#include "kit/flow/checkpoints.h"
#include "kit/flow/commands.h"
#include "kit/flow/effect.h"
#include "kit/flow/lanes.h"
#include "kit/flow/limits.h"
#include "kit/flow/progress.h"
#include "kit/flow/throttle.h"

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace remit::flow {

/// How one effect flow behaves.
struct EffectFlowOptions {
  std::string name;  ///< "submit_payments"; names its state for ever.
  AfterDeadLetter after_dead_letter = AfterDeadLetter::HoldKey;
  std::size_t in_flight_max = 256;              ///< Effects under way at once.
  std::size_t queued_max = 4096;                ///< Records in memory behind them.
  std::uint32_t attempts_max = 12;              ///< After which a passing failure is final.
  std::size_t keys_in_trouble_max = kLanesMax;  ///< Beyond which no other record is begun.
  Duration retry_delay_min = std::chrono::milliseconds(500);
  Duration retry_delay_max = std::chrono::minutes(10);
};

/// Reads one partition's events in order and makes an effect of each that its Effect wants: keyed order, different keys in
/// parallel, retries and dead letters journalled through the partition's engine, a checkpoint behind which everything is
/// finished. A record is finished once its outcome, or its next due time, is journalled, so that one slow bank never holds
/// the checkpoint. Effects are handed over at least once.
class EffectFlow final : public Component {
 public:
  struct Ports {
    engine::Engine& engine;
    Source& source;
    Effect& effect;
    CheckpointTable& checkpoints;
    Host& host;
    Random& random;  ///< For the jitter of retries; used on the flow's thread only.
  };

  EffectFlow(Ports ports, EffectFlowOptions options);
  ~EffectFlow() override;
  EffectFlow(const EffectFlow&) = delete;
  EffectFlow& operator=(const EffectFlow&) = delete;

  std::string name() const override { return options_.name.substr(0, 15); }
  bool step() override;

  /// Loads the checkpoint and the journalled state, then begins. Needs a running engine.
  Result<void> start();
  /// Takes no more records; what is under way may still call back, harmlessly. Waits for nothing.
  void stop();
  /// The source has something new. Thread safe.
  void wake() { ports_.host.wake(*this); }
  /// Takes no new records until told otherwise; journal it first with PauseFlow. Thread safe.
  void set_paused(bool paused);
  /// Changes the rate at once; journal it first with ThrottleFlow. Thread safe.
  void set_throttle(std::uint32_t records_per_second_max);
  /// Thread safe.
  FlowStatus status() const;

 private:
  struct Completion {
    Record record;
    std::uint32_t attempts = 0;
    bool announced = false;  ///< Its key was in trouble: handled because a RecordDue said so.
    Cursor read_as;          ///< The cursor under which it counts as unfinished.
    EffectOutcome outcome;
  };
  struct Announced {
    Cursor head;
    std::uint32_t attempts = 0;
    Cursor read_as;
  };
  /// A command for the flow's own state, and what follows once it is durable.
  struct Said {
    engine::EncodedCommand command;
    std::move_only_function<void()> then;
    std::uint32_t tries = 0;
  };
  class Mailbox;

  void load_state();
  void begin(const FlowState& state, Cursor through);
  bool read_more();
  bool read_own_events();
  void wait_to_read(const Error& error);
  void note_read();
  void take(Record&& record);
  void take_own_event(const Record& record);
  void announce(const TypeId& key, Announced announced);
  void run(Record record, std::uint32_t attempts, bool announced, Cursor read_as);
  void complete(Completion completion);
  void go_on(const TypeId& key);
  void run_deferred(const TypeId& key);
  void retry(Completion& completion, const Retry& retried);
  void dead_letter(Completion& completion, Error error);
  void park(const Record& record);
  void settle(Cursor read_as);
  void save_checkpoint();
  void wait_to_save(const Error& error);
  Duration delay_before_attempt(std::uint32_t attempts, std::optional<Duration> asked);
  template <class C>
  void journal(const C& command, std::move_only_function<void()> then);
  void say(const TypeId& key);
  void said(const TypeId& key, Result<engine::Answered> answer);
  void after(Duration delay, std::move_only_function<void()> run);
  bool full() const;
  /// Everything up to here is finished.
  Cursor reached() const;
  Result<void> note_start();
  void note_suspect(Cursor read_as);
  void publish_status();

  Ports ports_;
  EffectFlowOptions options_;
  std::shared_ptr<Mailbox> mailbox_;
  Lanes lanes_;
  Throttle throttle_;
  std::map<Cursor, Timestamp> unfinished_;  ///< Read and not finished, with their times.
  std::vector<Record> read_ahead_;          ///< Read, not yet taken (throttled or full), in order.
  std::size_t read_ahead_next_ = 0;
  Cursor read_ahead_through_;  ///< The end of the range that read_ahead_ is from.
  bool read_ahead_more_ = false;
  std::unordered_map<TypeId, Announced> deferred_;  ///< Due, behind a record under way.
  /// By key, in order; the first one is under way, since an order of parked records that a refusal turned round would
  /// be lost for ever.
  std::unordered_map<TypeId, std::deque<Said>> to_say_;
  Cursor read_cursor_;
  Cursor own_cursor_;  ///< Own events were read up to here, ahead of records that must wait.
  Checkpoint saved_;
  /// One record at a time, each noted before it begins: an earlier one ended the process.
  bool careful_ = false;
  Cursor careful_from_;
  bool loaded_ = false;
  bool started_ = false;
  std::atomic<bool> stopped_ = false;  ///< Set by whoever stops it, read by its steps.
  bool paused_ = false;
  bool waiting_for_token_ = false;
  bool waiting_to_read_ = false;  ///< The source failed; a timer ends it.
  Duration read_delay_;
  std::string read_trouble_;  ///< Why it stands still: what it cannot read, say, or save.
  std::string say_trouble_;
  std::string save_trouble_;
  bool waiting_to_save_ = false;  ///< A timer ends it.
  std::uint64_t finished_count_ = 0;
  bool settled_since_saved_ = false;
  std::uint64_t retry_count_ = 0;
  std::uint64_t dead_letter_count_ = 0;
  mutable std::mutex status_mutex_;
  FlowStatus status_;
  mutable LagMeter lag_;
  std::optional<Timestamp> oldest_;  ///< Of what is not finished.
};

}  // namespace remit::flow
