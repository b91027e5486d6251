#pragma once

#include "kit/base/host.h"
#include "kit/base/result.h"
#include "kit/journal/journal.h"

#include <mutex>
#include <utility>
#include <variant>
#include <vector>

namespace remit::engine {

struct AppendDone {
  journal::Sequence sequence;
  journal::AppendOutcome outcome;
};
struct SaveDone {
  Result<void> outcome;
};
/// What the engine's drivers report. Bounded by what the engine has under way.
using Completion = std::variant<AppendDone, SaveDone>;

/// Where drivers and timers reach an engine that may be gone by then: they hold it by shared_ptr, and once it is closed what
/// they bring is dropped.
class Mailbox {
 public:
  Mailbox(Host& host, Component& owner) : host_(&host), owner_(&owner) {}

  void post(Completion completion) {
    const std::lock_guard lock(mutex_);
    if (owner_ == nullptr) return;
    completions_.push_back(std::move(completion));
    host_->wake(*owner_);
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    if (owner_ != nullptr) host_->wake(*owner_);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    owner_ = nullptr;
  }
  std::vector<Completion> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(completions_, {});
  }

 private:
  std::mutex mutex_;
  Host* host_;
  Component* owner_;
  std::vector<Completion> completions_;
};

}  // namespace remit::engine
