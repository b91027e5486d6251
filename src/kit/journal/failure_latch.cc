#include "kit/journal/failure_latch.h"

#include <utility>

namespace remit::journal {

std::function<void()> FailureLatch::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (error_) return [] {};
  error_ = std::move(error);
  return [listener = std::exchange(listener_, nullptr), told = *error_] {
    if (listener) listener(told);
  };
}

bool FailureLatch::failed() const {
  const std::lock_guard lock(mutex_);
  return error_.has_value();
}

std::optional<Error> FailureLatch::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void FailureLatch::on_failed(std::function<void(const Error&)> listener) {
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
