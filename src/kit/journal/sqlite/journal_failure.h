#pragma once

#include "kit/base/result.h"

#include <functional>
#include <mutex>
#include <optional>

namespace remit::journal {

/// That the disk failed under a journal, so that nobody knows what it holds: once, and for good until it is opened anew.
/// Thread safe.
class JournalFailure {
 public:
  /// `journal_failed` because of `cause`, unless it failed before.
  void fail(const Error& cause);
  std::optional<Error> error() const;
  /// See SqliteJournal::on_failed. An empty one is never called.
  void on_failed(std::function<void(const Error&)> listener);

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::function<void(const Error&)> listener_;
};

}  // namespace remit::journal
