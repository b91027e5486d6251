#pragma once

#include "app/demo/options.h"
#include "app/prove/fault_control.h"

#include <optional>
#include <string>
#include <vector>

namespace remit::app {

/// A fault that was planned, and what came of it.
struct FaultHappened {
  FaultPlan plan;
  FaultHit hit;
  std::optional<int>
      end;             ///< How the process ended by it, as a shell says it; empty when it lived on.
  double seconds = 0;  ///< Of the life in which it happened, until then.
};

/// Chooses what goes wrong in a run.
class FaultSource {
 public:
  virtual ~FaultSource() = default;
  /// The next fault: of a process that starts (`new_life`) or of the one that runs. Nullopt: none any more.
  virtual std::optional<FaultPlan> next(const FaultControl& control, bool new_life) = 0;
  virtual void happened(const FaultHappened&) {}
  /// What does not come about for a while: true, the next call of its kind will do, or else another fault; false, it is that
  /// call or none.
  virtual bool gives_way() const { return true; }
  /// Now and then while payments are made.
  virtual void tick(FaultControl&) {}
  /// Payments may end otherwise than the shop wants, as when their time is over: only what contradicts counts.
  virtual bool forgives_shop() const { return false; }
  /// Far more than the slowest payment needs to its end: whoever waits this long waits for ever.
  virtual Duration patience() const { return std::chrono::seconds(90); }
};

struct FaultRunReport {
  std::vector<FaultHappened> faults;
  std::vector<std::string> findings;  ///< What does not hold; empty when all does.
  std::vector<std::pair<std::string, std::uint64_t>> calls;  ///< Of the last life, by class.
  std::uint64_t lives = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t retried = 0;
  std::uint64_t redriven =
      0;  ///< Dead letters of records at which the process was killed too often in a row.
  double seconds = 0;
};

/// None at all: what a run calls by itself.
class NoFaults final : public FaultSource {
 public:
  std::optional<FaultPlan> next(const FaultControl&, bool) override { return std::nullopt; }
};

/// One fault, at that very call of the first process.
class OneFault final : public FaultSource {
 public:
  explicit OneFault(FaultPlan plan) : plan_(std::move(plan)) {}
  std::optional<FaultPlan> next(const FaultControl&, bool) override {
    return std::exchange(plan_, std::nullopt);
  }
  bool gives_way() const override { return false; }

 private:
  std::optional<FaultPlan> plan_;
};

/// One script of payments in a world of its own, with faults; then the judgement: books, answers, ledger, events, `remit
/// verify`. `keys`: of a sandbox, as WorldOptions has them. The directory stays when something does not hold. From one thread:
/// the server dies with it.
Result<FaultRunReport> run_with_faults(const DemoOptions& options, const std::string& keys,
                                       FaultSource& source);

}  // namespace remit::app
