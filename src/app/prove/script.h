#pragma once

#include "app/demo/comparison.h"
#include "app/demo/options.h"
#include "app/demo/shop.h"
#include "app/demo/webhook_receiver.h"
#include "app/world/world.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace remit::app {

/// The payments of one run under faults: a shop that pays, withdraws, pays back and moves money between its own accounts,
/// on a thread of its own, over whatever becomes of the server meanwhile.
class Script {
 public:
  /// World and options are not copied and outlive this. `patience`: until payments have ended.
  Script(World& world, const DemoOptions& options, Duration patience)
      : world_(world), options_(options), patience_(patience) {}
  ~Script();

  void start();
  /// Every payment has ended, or the patience has.
  bool at_rest() const { return at_rest_; }
  /// Requests sent again so far.
  std::uint64_t retried() const { return shop_ ? shop_->progress().retried.load() : 0; }
  /// Once at rest, with a server that answers: what does not hold; empty when all does. `forgiving`: what the shop could not
  /// do does not count, only what contradicts.
  Result<std::vector<std::string>> judge(bool forgiving);
  /// Dead letters that went on since nobody but a kill was to blame.
  std::uint64_t redriven() const { return redriven_; }
  std::uint64_t acknowledged() const { return shop_ ? shop_->acknowledged().count() : 0; }

 private:
  void work();
  /// Until it works; the error when it does not for too long.
  Result<void> insist(const std::function<Result<void>()>& act);
  Result<void> prepare();
  /// What its operator does: a record at which the process died several times in a row is a dead letter, as poison would be,
  /// and goes on once somebody says that it was not to blame.
  Result<void> redrive_interrupted();

  World& world_;
  const DemoOptions& options_;
  const Duration patience_;
  std::unique_ptr<WebhookReceiver> receiver_;
  std::unique_ptr<Shop> shop_;
  std::string trouble_;  ///< Why it could not even begin.
  std::atomic<std::uint64_t> redriven_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> at_rest_{false};
  std::thread thread_;
};

}  // namespace remit::app
