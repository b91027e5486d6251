#pragma once

#include "kit/journal/failure_latch.h"

namespace remit::journal {

/// That the disk failed under a journal, so that nobody knows what it holds: once, and for good until it is opened anew.
/// Thread safe.
class JournalFailure {
 public:
  /// `journal_failed` because of `cause`, unless it failed before. Told at once: to be called without locks held.
  void fail(const Error& cause);
  std::optional<Error> error() const { return latch_.error(); }
  /// See SqliteJournal::on_failed. An empty one is never called.
  void on_failed(std::function<void(const Error&)> listener) {
    latch_.on_failed(std::move(listener));
  }

 private:
  FailureLatch latch_;
};

}  // namespace remit::journal
