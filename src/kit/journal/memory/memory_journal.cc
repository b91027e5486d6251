#include "kit/journal/memory/memory_journal.h"

#include "kit/base/check.h"
#include "kit/base/planted.h"
#include "kit/journal/commit_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remit::journal {

Result<Head> MemoryJournal::acquire(PartitionId partition) {
  const std::lock_guard lock(mutex_);
  Log& log = logs_[partition];
  cut_or_take_tail(log);
  log.head.epoch = log.head.epoch.next();
  if (planted(Bug::EpochReused)) log.head.epoch = Epoch(1);
  log.broken = false;
  return log.head;
}

void MemoryJournal::append(PartitionId partition, Epoch epoch, Commit commit, AppendCallback done) {
  if (host_ == nullptr) {
    AppendOutcome outcome = write(partition, epoch, commit);
    return done(std::move(outcome));
  }
  std::uint64_t life = 0;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = pending_.empty();
    pending_.push_back({partition, epoch, std::move(commit), std::move(done)});
    life = life_;
  }
  if (first) host_->timers().after(next_delay(), [this, life] { finish_next(life); });
}

void MemoryJournal::finish_next(std::uint64_t life) {
  Pending next;
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    if (life != life_) return;
    CHECK(!pending_.empty(), "nothing to finish");
    next = std::move(pending_.front());
    pending_.pop_front();
    more = !pending_.empty();
  }
  if (more) host_->timers().after(next_delay(), [this, life] { finish_next(life); });
  AppendOutcome outcome = write(next.partition, next.epoch, next.commit);
  next.done(std::move(outcome));
}

AppendOutcome MemoryJournal::write(PartitionId partition, Epoch epoch, const Commit& commit) {
  Head made;
  const AppendFault fault = next_fault_ ? next_fault_() : AppendFault::None;
  {
    const std::lock_guard lock(mutex_);
    Log& log = logs_[partition];
    if (epoch != log.head.epoch && !planted(Bug::StaleEpochAccepted)) {
      return AppendFenced{log.head.epoch};
    }
    if (log.broken) {
      return AppendRefused{Error{ErrorCode::Unavailable,
                                 "append_out_of_order",
                                 "An append before this one failed.",
                                 {},
                                 nullptr}};
    }
    if (Result<void> follows = check_follows(log.head, commit); !follows) {
      log.broken = true;
      return AppendRefused{std::move(follows).error()};
    }
    if (fault == AppendFault::Refuse || fault == AppendFault::UnknownLost) {
      log.broken = true;
      Error error{ErrorCode::Unavailable, "disk_full", "The disk is full.", {}, nullptr};
      if (fault == AppendFault::Refuse) return AppendRefused{std::move(error)};
      error.reason = "append_unknown";
      return AppendUnknown{std::move(error)};
    }
    Bytes bytes = encode_commit(commit, epoch);
    take_in(log, commit, epoch, std::move(bytes));
    made = log.head;
    log.broken = fault == AppendFault::UnknownDurable;
  }
  if (listener_) listener_(partition, made);
  if (fault == AppendFault::UnknownDurable) {
    return AppendUnknown{
        Error{ErrorCode::OutcomeUnknown, "append_unknown", "The answer was lost.", {}, nullptr}};
  }
  return Appended{made};
}

void MemoryJournal::take_in(Log& log, const Commit& commit, Epoch epoch, Bytes bytes) {
  log.head = head_after(log.head, commit, epoch, bytes);
  log.commits.push_back({std::move(bytes), commit.first_position, log.head.chain});
  for (std::size_t i = 0; i < commit.events.size(); ++i) {
    log.streams[commit.events[i].stream].push_back(commit.first_position.plus(i));
  }
  for (const Receipt& receipt : commit.receipts) {
    log.receipts.insert_or_assign({receipt.client, receipt.key}, commit.sequence);
  }
}

void MemoryJournal::cut_or_take_tail(Log& log) {
  if (!log.tail) return;
  const Stored tail = *std::exchange(log.tail, std::nullopt);
  const bool whole_bytes = chain_after(log.head.chain, tail.bytes) == tail.chain;
  if (!whole_bytes && !planted(Bug::TornTailTaken)) {
    ++tails_cut_;
    return;
  }
  const Result<DecodedCommit> whole = decode_commit(tail.bytes);
  CHECK(whole.has_value(), "a whole record does not decode: {}", whole.error().describe());
  take_in(log, whole->commit, whole->epoch, tail.bytes);
}

void MemoryJournal::leave_tail(Log& log, const Pending& append, Random& random) {
  if (append.epoch != log.head.epoch || log.broken || !check_follows(log.head, append.commit)) {
    return;
  }
  Bytes bytes = encode_commit(append.commit, append.epoch);
  const Hash256 chain = chain_after(log.head.chain, bytes);
  switch (random.below(3)) {
    case 0:  // Torn, or whole when the last byte made it.
      bytes.resize(random.below(bytes.size() + 1));
      break;
    case 1:
      bytes[random.below(bytes.size())] ^= std::byte{1};
      break;
    default:
      return;
  }
  log.tail = Stored{std::move(bytes), append.commit.first_position, chain};
}

Result<Head> MemoryJournal::head(PartitionId partition) {
  const std::lock_guard lock(mutex_);
  return logs_[partition].head;
}

Result<StoredCommit> MemoryJournal::decode(const Log& log, Sequence sequence) {
  const Stored& stored = log.commits[sequence.value - 1];
  DecodedCommit decoded = TRY(decode_commit(stored.bytes));
  return StoredCommit{std::move(decoded.commit), decoded.epoch, stored.chain, stored.bytes};
}

Sequence MemoryJournal::commit_of(const Log& log, Position position) {
  const auto after = std::ranges::upper_bound(log.commits, position, {}, &Stored::first);
  return Sequence(static_cast<std::uint64_t>(after - log.commits.begin()));
}

Result<std::vector<StoredCommit>> MemoryJournal::read_commits(PartitionId partition, Sequence from,
                                                              ReadLimits limits) {
  const std::lock_guard lock(mutex_);
  const Log& log = logs_[partition];
  std::vector<StoredCommit> commits;
  std::size_t events = 0;
  std::size_t bytes = 0;
  for (Sequence at = std::max(from, Sequence(1)); at <= log.head.sequence; at = at.next()) {
    commits.push_back(TRY(decode(log, at)));
    events += commits.back().commit.events.size();
    bytes += log.commits[at.value - 1].bytes.size();
    if (events >= limits.events_max || bytes >= limits.bytes_max) break;
  }
  return commits;
}

Result<std::vector<Event>> MemoryJournal::read(PartitionId partition, Position from,
                                               ReadLimits limits) {
  const std::lock_guard lock(mutex_);
  const Log& log = logs_[partition];
  std::vector<Event> events;
  const Position first = std::max(from, Position(1));
  if (first > log.head.position) return events;
  std::size_t bytes = 0;
  for (Sequence at = commit_of(log, first); at <= log.head.sequence; at = at.next()) {
    append_events(TRY(decode(log, at)).commit, first, events);
    bytes += log.commits[at.value - 1].bytes.size();
    if (events.size() >= limits.events_max || bytes >= limits.bytes_max) break;
  }
  if (events.size() > limits.events_max) events.resize(std::max<std::size_t>(limits.events_max, 1));
  return events;
}

Result<std::vector<Event>> MemoryJournal::read_stream(PartitionId partition, const StreamId& stream,
                                                      Version from, ReadLimits limits) {
  const std::lock_guard lock(mutex_);
  const Log& log = logs_[partition];
  std::vector<Event> events;
  const auto found = log.streams.find(stream);
  if (found == log.streams.end()) return events;
  const std::uint64_t skipped = std::max<std::uint64_t>(from.value, 1) - 1;
  for (std::size_t i = skipped; i < found->second.size(); ++i) {
    const Position position = found->second[i];
    std::vector<Event> of_commit;
    append_events(TRY(decode(log, commit_of(log, position))).commit, position, of_commit);
    events.push_back(std::move(of_commit.front()));
    if (events.size() >= limits.events_max) break;
  }
  return events;
}

Result<std::optional<Receipt>> MemoryJournal::find_receipt(PartitionId partition,
                                                           const ClientId& client,
                                                           std::string_view key,
                                                           Timestamp not_before) {
  const std::lock_guard lock(mutex_);
  const Log& log = logs_[partition];
  const auto found = log.receipts.find({client, std::string(key)});
  if (found == log.receipts.end()) return std::nullopt;
  const StoredCommit stored = TRY(decode(log, found->second));
  for (const Receipt& receipt : stored.commit.receipts) {
    if (receipt.client == client && receipt.key == key && receipt.time >= not_before) {
      return receipt;
    }
  }
  return std::nullopt;
}

Result<void> MemoryJournal::catch_up_indexes(PartitionId) {
  return {};
}

void MemoryJournal::on_durable(std::function<void(PartitionId, const Head&)> listener) {
  listener_ = std::move(listener);
}

void MemoryJournal::crash() {
  const std::lock_guard lock(mutex_);
  ++life_;
  pending_.clear();
}

void MemoryJournal::crash(Random& random) {
  std::deque<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    ++life_;
    pending = std::exchange(pending_, {});
  }
  std::uint64_t written = pending.empty() ? 0 : random.below(pending.size() + 1);
  for (const Pending& append : pending) {
    if (written-- == 0) {
      const std::lock_guard lock(mutex_);
      return leave_tail(logs_[append.partition], append, random);
    }
    write(append.partition, append.epoch, append.commit);
  }
}

void MemoryJournal::flip_byte(PartitionId partition, Sequence sequence, std::size_t offset) {
  const std::lock_guard lock(mutex_);
  Bytes& bytes = logs_.at(partition).commits.at(sequence.value - 1).bytes;
  bytes.at(offset) ^= std::byte{1};
}

}  // namespace remit::journal
