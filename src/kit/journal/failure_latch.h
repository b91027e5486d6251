#pragma once

#include "kit/base/result.h"

#include <functional>
#include <mutex>
#include <optional>

namespace remit::journal {

/// That something failed: once, and for good until it is opened anew. Thread safe.
class FailureLatch {
 public:
  /// Keeps the error unless there is one already. Returns what tells it to who listens, for the caller to call, once, when it
  /// holds no lock.
  [[nodiscard]] std::function<void()> fail(Error error);
  bool failed() const;
  std::optional<Error> error() const;
  /// The listener is called once; at once when it failed already. An empty one is never called.
  void on_failed(std::function<void(const Error&)> listener);

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::function<void(const Error&)> listener_;
};

}  // namespace remit::journal
