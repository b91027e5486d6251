#pragma once

#include "app/prove/fault_run.h"
#include "kit/base/random.h"

#include <map>
#include <set>

namespace remit::app {

/// Kills at random calls, spread over all kinds: the kind that was killed at least often comes next, its index is drawn so
/// that early and late ones are as likely. What a life does not come to is left to another life, and this one ends at
/// something that it does all the time.
class KillSource final : public FaultSource {
 public:
  KillSource(std::uint64_t seed, std::uint64_t kills_max) : random_(seed), left_(kills_max) {}
  /// For the next run: what was learned of the kinds stays.
  void allow(std::uint64_t kills) {
    left_ = kills;
    first_life_ = true;
  }

  std::optional<FaultPlan> next(const FaultControl& control, bool new_life) override;
  void happened(const FaultHappened& one) override;

 private:
  void learn(const FaultControl& control);
  CallClass least_tried(bool first_life);

  SeededRandom random_;
  std::uint64_t left_;
  bool first_life_ = true;
  std::optional<CallClass> awaited_;
  std::set<CallClass>
      first_only_;  ///< Kinds that only the first life of a data directory comes to.
  std::map<CallClass, std::uint64_t>
      seen_max_;  ///< Of each kind: how many calls a life may come to.
  std::map<CallClass, std::uint64_t> tried_;
  std::size_t next_steady_ = 0;
};

/// Whether a death at such a call can make a difference: what is only read, or only told to a person, cannot.
bool kill_matters(CallClass one);

}  // namespace remit::app
