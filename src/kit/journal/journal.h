#pragma once

#include "kit/base/bytes.h"
#include "kit/base/hash.h"
#include "kit/base/result.h"
#include "kit/base/strong.h"
#include "kit/base/time.h"
#include "kit/base/type_id.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace remit::journal {

/// A unit of atomicity, ordering and ownership. 0 is the system partition.
using PartitionId = StrongNumber<struct PartitionTag>;
/// The place of an event in its partition: 1, 2, 3 ... without gaps.
using Position = StrongNumber<struct PositionTag>;
/// The place of an event in its stream: 1, 2, 3 ... without gaps.
using Version = StrongNumber<struct VersionTag>;
/// The place of a commit in its partition: 1, 2, 3 ... without gaps. A commit of receipts alone has no position.
using Sequence = StrongNumber<struct SequenceTag>;
/// Which writer may append. Only ever raised; the store itself refuses an append that names an older one.
using Epoch = StrongNumber<struct EpochTag>;

/// W3C trace context (traceparent) as it is stored: all zero when the request carried none.
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  std::uint8_t flags = 0;
  bool operator==(const TraceContext&) const = default;
};

/// Why the events of one command exist. Events refer to it by its index in their commit.
struct Cause {
  TypeId command;      ///< The id of the command (causation id).
  TypeId correlation;  ///< The id that all effects of one request share.
  ClientId client;     ///< On whose behalf; empty for the system.
  TraceContext trace;
  /// Who had it done: "key:key_01...", "user:alice", "flow:submit_payments", "timer", "payer", "bank:model-bank"; empty when
  /// nobody was named.
  std::string actor;
  bool operator==(const Cause&) const = default;
};

/// An event on its way into the journal. Its position and time follow from its commit.
struct NewEvent {
  StreamId stream;
  Version version;
  std::string type;  ///< "payment.created"
  std::uint32_t schema = 1;
  std::uint32_t cause = 0;  ///< Index into Commit::causes.
  Bytes payload;
  bool operator==(const NewEvent&) const = default;
};

/// Makes a retried request safe: what was asked under this key, and what was answered.
struct Receipt {
  ClientId client;
  std::string key;    ///< The Idempotency-Key, 1 to 255 bytes.
  Hash256 request{};  ///< Keyed hash of the request.
  Bytes answer;
  Timestamp time;
  Position position;  ///< The partition's last position when it was answered.
  bool operator==(const Receipt&) const = default;
};

/// What one durable append carries: all of it or nothing of it. Either list may be empty, not both.
struct Commit {
  Sequence sequence;        ///< The last one's plus one.
  Position first_position;  ///< The head's plus one, also when there are no events.
  Timestamp time;           ///< Not before the last commit's.
  std::vector<Cause> causes;
  std::vector<NewEvent> events;
  std::vector<Receipt> receipts;
};

/// Where a partition ends. The chain is SHA-256 over the last chain value and the stored bytes of each commit, so that any
/// change of a stored byte shows from there on.
struct Head {
  Sequence sequence;
  Position position;
  Timestamp time;
  Hash256 chain{};
  Epoch epoch;
  bool operator==(const Head&) const = default;
};

/// How an append ended: durable, with the head that it made.
struct Appended {
  Head head;
};
/// A newer writer owns the partition; nothing was written.
struct AppendFenced {
  Epoch current;
};
/// Certainly not written; the partition is as before. Disk full, for example.
struct AppendRefused {
  Error error;
};
/// Written or not: the driver cannot tell (the connection died at COMMIT, a sync failed). The writer reads the head before
/// it does anything else.
struct AppendUnknown {
  Error error;
};
using AppendOutcome = std::variant<Appended, AppendFenced, AppendRefused, AppendUnknown>;

/// An event as it was stored.
struct Event {
  Position position;
  Sequence sequence;
  StreamId stream;
  Version version;
  std::string type;
  std::uint32_t schema = 1;
  Timestamp time;
  Cause cause;
  Bytes payload;
};

/// A commit as it was stored, for readers that fold, verify or copy.
struct StoredCommit {
  Commit commit;
  Epoch epoch;
  Hash256 chain{};  ///< After this commit.
  Bytes stored;     ///< What the chain covers; the commit is decoded from it.
};

/// The bounds of one read. At least one commit or event is returned all the same.
struct ReadLimits {
  std::size_t events_max = 1000;
  std::size_t bytes_max = 4 * 1024 * 1024;
};

/// Which types of event a reader wants.
using TypeFilter = std::function<bool(std::string_view type)>;

/// Some of the events of a range, and the last position of that range.
struct EventPage {
  std::vector<Event> events;
  Position through;   ///< Zero: there was nothing from there on.
  bool more = false;  ///< There may be more behind it already.
};

/// The port to the truth. Each partition is an ordered log of commits, appended by one writer at a time, fenced by epoch.
/// All functions are thread safe. One conformance suite holds for every driver.
class Journal {
 public:
  using AppendCallback = std::move_only_function<void(AppendOutcome)>;
  virtual ~Journal() = default;

  /// Makes the caller the partition's only writer: raises the epoch durably and returns the new one with the head. Every
  /// older writer is fenced from then on.
  virtual Result<Head> acquire(PartitionId partition) = 0;

  /// Appends asynchronously and calls back once, on any thread, when the commit is durable, fenced, refused
  /// or unknown. Appends of one partition are made in the order of the calls; several may be under way, and the driver may
  /// make several durable with one sync. After one that did not end as Appended, all that were queued behind it end as
  /// refused with the reason `append_out_of_order`, until the next `acquire`.
  virtual void append(PartitionId partition, Epoch epoch, Commit commit, AppendCallback done) = 0;

  /// The last durable commit. Zeroes when there is none.
  virtual Result<Head> head(PartitionId partition) = 0;

  /// Whole commits from `from` on, in order; empty at the end.
  virtual Result<std::vector<StoredCommit>> read_commits(PartitionId partition, Sequence from,
                                                         ReadLimits limits) = 0;
  /// Events from the position on, in order; empty at the end.
  virtual Result<std::vector<Event>> read(PartitionId partition, Position from,
                                          ReadLimits limits) = 0;
  /// The same range, of which only the wanted events are returned: cheaper where most are not.
  virtual Result<EventPage> read_wanted(PartitionId partition, Position from, ReadLimits limits,
                                        const TypeFilter& wanted);
  /// The events of one stream from the version on, in order; empty at the end. Served by an index that is kept beside the
  /// log; it sees all that is durable.
  virtual Result<std::vector<Event>> read_stream(PartitionId partition, const StreamId& stream,
                                                 Version from, ReadLimits limits) = 0;
  /// The receipt of (client, key) if one was stored at or after `not_before`. An absent key costs a filter look-up, no read.
  virtual Result<std::optional<Receipt>> find_receipt(PartitionId partition, const ClientId& client,
                                                      std::string_view key,
                                                      Timestamp not_before) = 0;
  /// Waits until the look-up indexes have taken in, durably, all that is in the log: benchmarks and backups ask for it.
  virtual Result<void> catch_up_indexes(PartitionId partition) = 0;

  /// Called, on any thread, after commits became durable, so that flows wake. Set before the first append; cheap.
  virtual void on_durable(std::function<void(PartitionId, const Head&)> listener) = 0;
};

}  // namespace remit::journal
