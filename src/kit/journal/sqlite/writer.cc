#include "kit/journal/sqlite/writer.h"

#include "kit/base/check.h"
#include "kit/base/planted.h"
#include "kit/journal/commit_record.h"
#include "kit/journal/sqlite/commit_reads.h"

#include <fmt/format.h>

namespace remit::journal {

SqliteWriter::SqliteWriter(CommitTable table, LookUps& look_ups, RecentCommits& recent,
                           SqliteJournalOptions options, Host& host)
    : options_(options),
      host_(host),
      table_(std::move(table)),
      look_ups_(look_ups),
      recent_(recent),
      failure_(std::make_shared<JournalFailure>()) {
  look_ups_.on_failed([failure = failure_](const Error& error) { failure->fail(error); });
  host_.attach(*this);
}

SqliteWriter::~SqliteWriter() {
  host_.detach(*this);
  std::unique_lock lock(mutex_);
  while (!waiting_.empty()) work(lock);
}

void SqliteWriter::append(PartitionId partition, Epoch epoch, Commit commit,
                          Journal::AppendCallback done) {
  Bytes body = encode_commit(commit, epoch);
  std::unique_lock lock(mutex_);
  while (waiting_bytes_ >= options_.queued_bytes_max) work(lock);
  waiting_bytes_ += body.size();
  waiting_.push_back(
      {partition, epoch, std::move(commit), std::move(body), std::move(done), std::nullopt});
  const bool idle = !writing_;
  lock.unlock();
  if (idle) host_.wake(*this);
}

Result<Head> SqliteWriter::acquire(PartitionId partition) {
  std::unique_lock lock(mutex_);
  while (writing_ || !waiting_.empty()) work(lock);
  if (const std::optional<Error> failed = failure_->error()) return std::unexpected(*failed);
  TRY(check_end(table_, partition));
  if (const Result<Epoch> raised = table_.raise_epoch(partition); !raised) {
    lock.unlock();
    if (raised.error().code == ErrorCode::OutcomeUnknown) failure_->fail(raised.error());
    return std::unexpected(raised.error());
  }
  broken_.erase(partition);
  return table_.head(partition);
}

void SqliteWriter::on_durable(std::function<void(PartitionId, const Head&)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

bool SqliteWriter::step() {
  std::unique_lock lock(mutex_);
  if (!writing_ && !waiting_.empty()) work(lock);
  return !writing_ && !waiting_.empty();
}

/// One group; or waits for the end of somebody else's.
void SqliteWriter::work(std::unique_lock<std::mutex>& lock) {
  if (writing_) {
    changed_.wait(lock, [this] { return !writing_; });
    return;
  }
  std::vector<Pending> group = take_group();
  writing_ = true;
  lock.unlock();
  if (const std::optional<Error> failed = failure_->error()) {
    fail_group(group, *failed);
  } else {
    write(group);
  }
  for (Pending& pending : group) {
    CHECK(pending.outcome.has_value(), "an append without an outcome");
    pending.done(std::move(*pending.outcome));
  }
  lock.lock();
  writing_ = false;
  changed_.notify_all();
}

std::vector<SqliteWriter::Pending> SqliteWriter::take_group() {
  std::vector<Pending> group;
  std::size_t bytes = 0;
  while (!waiting_.empty() && (group.empty() || bytes < options_.group_bytes_max)) {
    bytes += waiting_.front().body.size();
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_bytes_ -= bytes;
  return group;
}

void SqliteWriter::write(std::vector<Pending>& group) {
  if (const Result<void> written = write_in_transaction(group); !written) {
    if (written.error().code == ErrorCode::OutcomeUnknown && !planted(Bug::FailedSyncForgotten)) {
      failure_->fail(written.error());
    }
    return fail_group(group, written.error());
  }
  std::map<PartitionId, Head> last;
  for (Pending& pending : group) {
    const auto* appended = std::get_if<Appended>(&*pending.outcome);
    if (appended == nullptr) continue;
    look_ups_.add(pending.partition, pending.commit);
    recent_.add(pending.partition, std::move(pending.commit), pending.body.size());
    last.insert_or_assign(pending.partition, appended->head);
  }
  if (listener_) {
    for (const auto& [partition, head] : last) listener_(partition, head);
  }
}

Result<void> SqliteWriter::write_in_transaction(std::vector<Pending>& group) {
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(table_.database()));
  std::map<PartitionId, Head> heads;
  for (Pending& pending : group) {
    auto head = heads.find(pending.partition);
    if (head == heads.end()) {
      head = heads.emplace(pending.partition, TRY(table_.head(pending.partition))).first;
    }
    if (pending.epoch != head->second.epoch && !planted(Bug::StaleEpochAccepted)) {
      pending.outcome = AppendFenced{head->second.epoch};
      continue;
    }
    if (broken_[pending.partition]) {
      pending.outcome = AppendRefused{Error{ErrorCode::Unavailable,
                                            "append_out_of_order",
                                            "An append before this one failed.",
                                            {},
                                            nullptr}};
      continue;
    }
    if (Result<void> follows = check_follows(head->second, pending.commit); !follows) {
      broken_[pending.partition] = true;
      pending.outcome = AppendRefused{std::move(follows).error()};
      continue;
    }
    const Head made = head_after(head->second, pending.commit, pending.epoch, pending.body);
    if (Result<void> inserted =
            table_.insert(pending.partition, pending.commit, made, pending.body);
        !inserted) {
      return inserted;
    }
    head->second = made;
    pending.outcome = Appended{made};
  }
  return transaction.commit();
}

void SqliteWriter::fail_group(std::vector<Pending>& group, const Error& error) {
  const bool unknown =
      error.code == ErrorCode::OutcomeUnknown && !planted(Bug::FailedSyncSaidRefused);
  for (Pending& pending : group) {
    broken_[pending.partition] = true;
    const bool fenced = pending.outcome && std::holds_alternative<AppendFenced>(*pending.outcome);
    if (fenced) continue;
    if (unknown) {
      pending.outcome = AppendUnknown{error};
    } else {
      pending.outcome = AppendRefused{error};
    }
  }
}

}  // namespace remit::journal
