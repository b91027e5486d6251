#include "kit/journal/sqlite/writer.h"

#include "kit/base/check.h"
#include "kit/base/planted.h"
#include "kit/journal/commit_record.h"

#include <fmt/format.h>

#include <pthread.h>

namespace remit::journal {

SqliteWriter::SqliteWriter(CommitTable table, LookUps& look_ups, RecentCommits& recent,
                           SqliteJournalOptions options)
    : options_(options),
      table_(std::move(table)),
      look_ups_(look_ups),
      recent_(recent),
      thread_([this] { work(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SqliteWriter::append(PartitionId partition, Epoch epoch, Commit commit,
                          Journal::AppendCallback done) {
  Bytes body = encode_commit(commit, epoch);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_bytes_ < options_.queued_bytes_max; });
  waiting_bytes_ += body.size();
  waiting_.push_back(
      {partition, epoch, std::move(commit), std::move(body), std::move(done), std::nullopt});
  if (!writing_) changed_.notify_all();
}

Result<Head> SqliteWriter::acquire(PartitionId partition) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && !writing_; });
  if (failed_) return std::unexpected(*failed_);
  TRY(table_.raise_epoch(partition));
  broken_.erase(partition);
  return table_.head(partition);
}

void SqliteWriter::on_durable(std::function<void(PartitionId, const Head&)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void SqliteWriter::work() {
  pthread_setname_np(pthread_self(), "journal");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Pending> group;
    std::size_t bytes = 0;
    while (!waiting_.empty() && (group.empty() || bytes < options_.group_bytes_max)) {
      bytes += waiting_.front().body.size();
      group.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    waiting_bytes_ -= bytes;
    writing_ = true;
    changed_.notify_all();
    lock.unlock();
    write(group);
    for (Pending& pending : group) {
      CHECK(pending.outcome.has_value(), "an append without an outcome");
      pending.done(std::move(*pending.outcome));
    }
    lock.lock();
    writing_ = false;
    changed_.notify_all();
  }
}

void SqliteWriter::write(std::vector<Pending>& group) {
  if (failed_) return fail_group(group, *failed_);
  if (const Result<void> written = write_in_transaction(group); !written) {
    if (written.error().code == ErrorCode::OutcomeUnknown && !planted(Bug::FailedSyncForgotten)) {
      failed_ = Error{ErrorCode::Unavailable,
                      "journal_failed",
                      "The disk failed under the journal; it must be opened again, which finds out "
                      "what was written. " +
                          written.error().message,
                      {},
                      nullptr};
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
