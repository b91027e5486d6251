#pragma once

#include "kit/base/host.h"
#include "kit/base/result.h"
#include "kit/engine/checkpoint_store.h"
#include "kit/engine/command.h"
#include "kit/engine/registry.h"
#include "kit/journal/journal.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace remit::engine {

/// The bounds of one partition's engine. `remit limits` prints them.
struct EngineOptions {
  std::size_t inbox_commands_max = 8192;      ///< Beyond it: Unavailable, before acceptance.
  std::size_t batch_commands_max = 2048;      ///< Commands decided into one commit.
  std::size_t batch_bytes_max = 1024 * 1024;  ///< Payload bytes after which a batch is closed.
  std::size_t appends_in_flight_max = 4;      ///< Commits on their way to the disk at once.
  std::size_t entities_max = 500'000;         ///< Clean states kept; beyond it the coldest go.
  std::size_t timers_max = 1'000'000;         ///< Beyond it a command that sets one is Unavailable.
  std::uint64_t checkpoint_events_max = 200'000;  ///< Events between background checkpoints.
  std::size_t checkpoint_slice_max =
      2048;  ///< States encoded in one step: about a millisecond's work.
  Duration receipt_retention = std::chrono::hours(24 * 7);  ///< In journal time.
  std::size_t receipts_recent_max =
      16'384;  ///< Durable receipts kept in memory; older ones are read.
  std::uint64_t verify_events_every =
      4096;  ///< One in so many entities is folded again and compared. 0: none.
};

/// What an engine is doing, for metrics and `remit doctor`.
struct EngineStats {
  std::uint64_t commands_decided = 0;
  std::uint64_t commands_refused = 0;
  std::uint64_t receipts_hit = 0;
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
  std::uint64_t recoveries = 0;
  std::uint64_t entities_in_memory = 0;
  std::uint64_t timers_waiting = 0;
  std::uint64_t timers_fired = 0;
  std::uint64_t timers_unreadable =
      0;                             ///< Due, and set aside since something of them cannot be read.
  std::uint64_t timer_failures = 0;  ///< Times that one could not be fired for that reason.
  std::uint64_t commands_waiting = 0;
  std::uint64_t appends_in_flight = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t checkpoint_failures = 0;
  std::uint64_t checkpoints_discarded = 0;  ///< Of another history than the journal's.
  std::uint64_t events_replayed = 0;        ///< By all recoveries, the opening one included.
  bool recovering = false;       ///< Nothing is decided until the journal has been read again.
  std::optional<Error> trouble;  ///< Why it could not be read yet; empty where it was not tried.
  std::optional<Error>
      timers_trouble;  ///< The last one of a timer; empty when all that is due fires.
  std::optional<Error> checkpoints_trouble;  ///< The last one; empty when the last save went well.
  std::optional<Error> halted;  ///< Fenced or Corrupt: nothing will be decided any more.
  journal::Head head;           ///< The last durable commit.
  Position checkpoint;
};

/// Work that an engine puts off while something cannot be read or written; with everything else it goes on.
enum class PutOff : std::uint8_t { Timers, Checkpoints };
/// Hears the cause when work begins to be put off, and nothing (no error) when none is any more.
using PutOffListener = std::move_only_function<void(PutOff, const std::optional<Error>&)>;

/// A read-only look at the states, for queries.
class ReadView {
 public:
  ReadView(EntityAccess& access, Position position) : access_(&access), position_(position) {}
  template <Entity E>
  const E* find(const TypeId& id) {
    CHECK(id.prefix() == E::kPrefix, "{} is not the id of a {}", id.to_string(), E::kPrefix);
    return static_cast<const E*>(access_->find(id));
  }
  /// For those who have the kind at hand and not the type.
  const void* find_erased(const TypeId& id) { return access_->find(id); }
  Position position() const { return position_; }

 private:
  EntityAccess* access_;
  Position position_;
};

/// The single writer of one partition: commands in, events out. A Component: its step takes what is waiting (bounded),
/// loads what the commands declare, decides each on the staged states, appends them as one commit, and answers each when
/// that commit is known durable. Several commits may be under way; the states run ahead of the disk, answers never do.
/// When an append is refused, fenced or unknown, all that was staged on it is discarded and the states are rebuilt from the
/// last checkpoint and the journal's tail; the waiting callers hear Unavailable, Fenced, or the truth once it is read.
class Engine final : public Component {
 public:
  struct Ports {
    journal::Journal& journal;
    CheckpointStore& checkpoints;
    Host& host;
  };

  /// Acquires the partition, loads the last checkpoint and replays the tail. `registry` must outlive the engine.
  static Result<std::unique_ptr<Engine>> open(const Registry& registry, Ports ports,
                                              journal::PartitionId partition,
                                              EngineOptions options);
  /// Stops first if need be.
  ~Engine() override;

  std::string name() const override;
  bool step() override;

  /// Thread safe. The callback runs once and must be short: on the engine's thread, or before this returns when the command
  /// is refused at once (Unavailable `overloaded` or `engine_stopped`, Fenced, InvalidArgument).
  template <Command C>
  void submit(CommandContext context, C command, CommandCallback done) {
    submit_erased(std::move(context), C::kName, std::make_shared<const C>(std::move(command)),
                  std::move(done));
  }
  /// For timers, redrives and forwarding. An unknown name or a bad payload is InvalidArgument.
  void submit(CommandContext context, EncodedCommand command, CommandCallback done);

  /// Runs `look` on the engine's thread against the states of all commands decided so far, then `done` with the position
  /// once those states are durable: an answer never shows what a crash could take back. Thread safe.
  void query(std::move_only_function<void(ReadView&)> look,
             std::move_only_function<void(Result<Position>)> done);

  /// Called once, on the engine's thread, when the partition belongs to a newer writer (Fenced) or the journal is damaged
  /// (Corrupt), after everybody who waited has heard so. Set before `start`.
  void on_halted(std::move_only_function<void(const Error&)> listener);

  /// Called on the engine's thread, and must be short. Set before `start`.
  void on_put_off(PutOffListener listener);

  /// Starts taking work. Once only.
  void start();
  /// Admits nothing more and calls back when all that was admitted is answered. For an orderly end, before `stop`.
  void drain(std::move_only_function<void()> done);
  /// Ends at once. Whoever waits in the queue hears Unavailable `engine_stopped`; whose commit is on its way to the disk,
  /// OutcomeUnknown. Afterwards no callback is outstanding. Not to be called from a callback.
  void stop();
  /// Writes a checkpoint of all that is durable now; calls back when it is done. Thread safe.
  void checkpoint(std::move_only_function<void(Result<Position>)> done);

  EngineStats stats() const;
  journal::PartitionId partition() const;

 private:
  class Core;
  Engine();
  void submit_erased(CommandContext context, std::string_view name,
                     std::shared_ptr<const void> command, CommandCallback done);
  std::unique_ptr<Core> core_;
};

}  // namespace remit::engine
