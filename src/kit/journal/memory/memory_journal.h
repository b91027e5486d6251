#pragma once

#include "kit/base/host.h"
#include "kit/base/random.h"
#include "kit/journal/journal.h"

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace remit::journal {

/// What one append of a MemoryJournal is made to do.
enum class AppendFault : std::uint8_t {
  None,
  Refuse,          ///< Not written, and said so: a full disk.
  UnknownDurable,  ///< Written, but the writer hears that it is not known.
  UnknownLost,     ///< Not written, and the writer hears that it is not known.
};

/// A journal in memory, for tests and simulation: the stored bytes are the same as everyone's. What was appended survives
/// the writers, not the process. Without a host, appends end before `append` returns, on the caller's thread; with one, they
/// end `append_delay` later, one after the other, as a disk would.
class MemoryJournal final : public Journal {
 public:
  MemoryJournal() = default;
  MemoryJournal(Host& host, Duration append_delay) : host_(&host), append_delay_(append_delay) {}

  Result<Head> acquire(PartitionId partition) override;
  void append(PartitionId partition, Epoch epoch, Commit commit, AppendCallback done) override;
  Result<Head> head(PartitionId partition) override;
  Result<std::vector<StoredCommit>> read_commits(PartitionId partition, Sequence from,
                                                 ReadLimits limits) override;
  Result<std::vector<Event>> read(PartitionId partition, Position from, ReadLimits limits) override;
  Result<std::vector<Event>> read_stream(PartitionId partition, const StreamId& stream,
                                         Version from, ReadLimits limits) override;
  Result<std::optional<Receipt>> find_receipt(PartitionId partition, const ClientId& client,
                                              std::string_view key, Timestamp not_before) override;
  Result<void> catch_up_indexes(PartitionId partition) override;
  void on_durable(std::function<void(PartitionId, const Head&)> listener) override;

  /// Asked once per append, in order. Set before the first.
  void set_faults(std::function<AppendFault()> next) { next_fault_ = std::move(next); }
  /// Asked once per append made with a host: how long the disk takes for it.
  void set_delays(std::function<Duration()> next) { next_delay_ = std::move(next); }
  /// The process dies: appends under way are lost and never call back.
  void crash();
  /// The process dies while the disk is at work: of the appends under way the first ones may be written all the same, and
  /// the next one in part or damaged, which `acquire` then cuts off. None calls back.
  void crash(Random& random);
  /// Records that a crash left behind, not whole, and that were cut off.
  std::uint64_t tails_cut() const { return tails_cut_; }
  /// Changes one stored byte, as a bad disk does.
  void flip_byte(PartitionId partition, Sequence sequence, std::size_t offset);

 private:
  struct Stored {
    Bytes bytes;
    Position first;
    Hash256 chain{};
  };
  struct Log {
    Head head;
    std::vector<Stored> commits;  ///< Sequence 1 is at index 0.
    std::unordered_map<StreamId, std::vector<Position>> streams;
    std::map<std::pair<ClientId, std::string>, Sequence> receipts;
    std::optional<Stored>
        tail;  ///< What a crash left behind the last commit: not known to be whole.
    bool broken =
        false;  ///< An append failed: those queued behind it are refused until the next acquire.
  };
  struct Pending {
    PartitionId partition;
    Epoch epoch;
    Commit commit;
    AppendCallback done;
  };
  AppendOutcome write(PartitionId partition, Epoch epoch, const Commit& commit);
  void finish_next(std::uint64_t life);
  Duration next_delay() { return next_delay_ ? next_delay_() : append_delay_; }
  static void take_in(Log& log, const Commit& commit, Epoch epoch, Bytes bytes);
  void cut_or_take_tail(Log& log);
  static void leave_tail(Log& log, const Pending& append, Random& random);
  static Result<StoredCommit> decode(const Log& log, Sequence sequence);
  static Sequence commit_of(const Log& log, Position position);

  Host* host_ = nullptr;
  Duration append_delay_{};
  std::function<AppendFault()> next_fault_;
  std::function<Duration()> next_delay_;
  std::function<void(PartitionId, const Head&)> listener_;
  std::mutex mutex_;
  std::map<PartitionId, Log> logs_;
  std::deque<Pending> pending_;
  std::uint64_t tails_cut_ = 0;
  std::uint64_t life_ = 0;  ///< Which process the pending appends belong to.
};

}  // namespace remit::journal
