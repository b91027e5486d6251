#pragma once

#include "kit/flow/effect_flow.h"

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace remit::flow {

/// Where callbacks leave what is to be done on the flow's thread. Outlives the flow: late callbacks find it closed.
class EffectFlow::Mailbox {
 public:
  explicit Mailbox(EffectFlow& flow) : flow_(&flow) {}

  void post(std::move_only_function<void()> run) {
    const std::lock_guard lock(mutex_);
    if (flow_ == nullptr) return;
    items_.push_back(std::move(run));
    flow_->ports_.host.wake(*flow_);
  }
  std::vector<std::move_only_function<void()>> drain() {
    const std::lock_guard lock(mutex_);
    return std::exchange(items_, {});
  }
  void close() {
    const std::lock_guard lock(mutex_);
    flow_ = nullptr;
    items_.clear();
  }

 private:
  std::mutex mutex_;
  EffectFlow* flow_;
  std::vector<std::move_only_function<void()>> items_;
};

}  // namespace remit::flow
