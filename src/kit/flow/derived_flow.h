#pragma once

#include "kit/base/host.h"
#include "kit/base/inbox.h"
#include "kit/flow/progress.h"
#include "kit/flow/record.h"

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace remit::flow {

/// What a derived flow writes: a read model, or anything else that can be made again from the source. Used from the flow's
/// thread only.
class Projection {
 public:
  virtual ~Projection() = default;
  virtual std::string name() const = 0;
  /// Up to where it has taken records in; stored with its rows.
  virtual Result<Cursor> checkpoint() = 0;
  /// Whether records of the type change anything here: others are passed over unread.
  virtual bool wants(std::string_view type) const = 0;
  /// Takes the records in, of which those not wanted are left out, and moves the checkpoint to `through`, in one transaction.
  virtual Result<void> apply(std::span<const Record> records, Cursor through) = 0;
  /// Forgets all rows and the checkpoint, before it is made anew.
  virtual Result<void> reset() = 0;
};

/// Reads one partition's events in order into a Projection. A record that cannot be taken in stops the flow, since a read
/// model with a hole would be a lie: the status names the record, and the flow tries again until it is mended.
class DerivedFlow final : public Component {
 public:
  struct Ports {
    Source& source;
    Projection& projection;
    Host& host;
  };
  DerivedFlow(Ports ports, std::size_t batch_records_max = 2000);
  ~DerivedFlow() override;
  DerivedFlow(const DerivedFlow&) = delete;
  DerivedFlow& operator=(const DerivedFlow&) = delete;

  std::string name() const override { return ports_.projection.name().substr(0, 15); }
  bool step() override;
  bool gives_way() const override { return true; }

  Result<void> start();
  void stop();
  /// The source has something new. Thread safe.
  void wake() { ports_.host.wake(*this); }
  /// Called on the flow's thread whenever the projection has gone on: for those that read what it writes. Set before `start`.
  void on_progress(std::function<void(Cursor)> listener) { on_progress_ = std::move(listener); }
  /// Calls back once the projection holds everything up to `cursor` (true), or after `patience` (false). Thread safe; at
  /// most kWaitersMax wait at once, beyond which the answer is false at once.
  void when_reached(Cursor cursor, Duration patience, std::move_only_function<void(bool)> done);
  /// Makes the projection anew from the first record. Thread safe.
  void rebuild();
  void set_paused(bool paused);
  FlowStatus status() const;

  static constexpr std::size_t kWaitersMax = 1024;

 private:
  struct Waiter {
    Cursor cursor;
    std::uint64_t id = 0;
    std::move_only_function<void(bool)> done;
  };
  struct Shared;
  Result<void> apply(std::span<const Record> records, Cursor through);
  /// Too early for the next batch; a timer will say when.
  bool gathers();
  void stand_still(const Error& error);
  void answer_waiters();
  void publish_status();

  Ports ports_;
  const std::size_t batch_records_max_;
  std::shared_ptr<Shared> shared_;
  std::function<void(Cursor)> on_progress_;
  Cursor reached_;
  bool started_ = false;
  bool waiting_ = false;  ///< For the next try after a failure.
  Duration retry_delay_{};
  Monotonic last_batch_{};
  bool last_batch_full_ = true;  ///< At the start too: what is waiting there has waited enough.
  std::string trouble_;
  mutable LagMeter lag_;
  std::uint64_t finished_count_ = 0;
};

}  // namespace remit::flow
