#pragma once

#include "app/prove/fault_run.h"
#include "kit/base/random.h"

#include <map>

namespace remit::app {

/// One way in which a call can go wrong without a kill.
struct ErrorKind {
  lab::faults::Action action = lab::faults::Action::Fail;
  int error = 0;
  bool sticky = false;
  bool operator==(const ErrorKind&) const = default;
  std::string name() const;  ///< "ENOSPC sticky", "short".
};
/// All that such a call can do.
std::vector<ErrorKind> error_kinds_of(CallClass one);
/// A full disk, or a full quota, is full for every file; anything else stays with the kind of call.
FaultPlan plan_of(CallClass one, const ErrorKind& kind, std::uint64_t at);

/// Errors at random calls, spread over all kinds of call and then over what can go wrong with that kind, many to a life where
/// the server lives on.
class ErrorSource final : public FaultSource {
 public:
  ErrorSource(std::uint64_t seed, std::uint64_t errors_max) : random_(seed), left_(errors_max) {}
  void allow(std::uint64_t errors) { left_ = errors; }

  std::optional<FaultPlan> next(const FaultControl& control, bool new_life) override;
  void happened(const FaultHappened& one) override;

 private:
  SeededRandom random_;
  std::uint64_t left_;
  std::map<CallClass, std::uint64_t> seen_max_;
  std::map<std::string, std::uint64_t> tried_classes_;  ///< By name.
  std::map<CallClass, std::map<std::string, std::uint64_t>> tried_kinds_;
};

}  // namespace remit::app
