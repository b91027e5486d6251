#include "kit/journal/sqlite/journal_failure.h"

#include <utility>

namespace remit::journal {

void JournalFailure::fail(const Error& cause) {
  std::unique_lock lock(mutex_);
  if (error_) return;
  error_ = Error{ErrorCode::Unavailable,
                 "journal_failed",
                 "The disk failed under the journal; it must be opened again, which finds out what "
                 "was written. " +
                     cause.message,
                 {},
                 nullptr};
  const Error error = *error_;
  const auto listener = std::exchange(listener_, nullptr);
  lock.unlock();
  if (listener) listener(error);
}

std::optional<Error> JournalFailure::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void JournalFailure::on_failed(std::function<void(const Error&)> listener) {
  std::unique_lock lock(mutex_);
  if (!error_ || !listener) {
    listener_ = std::move(listener);
    return;
  }
  const Error error = *error_;
  lock.unlock();
  listener(error);
}

}  // namespace remit::journal
