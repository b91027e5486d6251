#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/flow/record.h"

#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace remit::flow {

/// The record's effect is made, or was already, or its unknown outcome is journalled by its owner.
struct Finished {};
/// It failed in passing: again later, after the flow's own delay or the one that the other side asked for.
struct Retry {
  Error error;
  std::optional<Duration> after;
};
/// It will not succeed however often it is tried: a dead letter.
struct Failed {
  Error error;
};
using EffectOutcome = std::variant<Finished, Retry, Failed>;

/// What an effect flow does with a record: a bank call, a webhook. Its effect is guarded by the entity's own state and
/// attempt number, since a record may be handed over again after a crash or redrive at any later time.
class Effect {
 public:
  using Callback = std::move_only_function<void(EffectOutcome)>;
  virtual ~Effect() = default;
  /// Whether records of the type concern this effect. Cheap and without state; called on the flow's thread.
  virtual bool wants(std::string_view type) const = 0;
  /// Begins the effect and returns at once; `done` may be called from any thread, now or later, once. `attempts` counts
  /// the earlier ones that failed in passing.
  virtual void start(const Record& record, std::uint32_t attempts, Callback done) = 0;
};

/// Turns a failure into an outcome by its code: what may pass is retried, everything else is final.
EffectOutcome outcome_of(Error error);

}  // namespace remit::flow
