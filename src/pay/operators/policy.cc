#include "pay/operators/policy.h"

namespace remit::operators {
namespace {

/// There is one, of the whole server.
TypeId policy_id() {
  return TypeId::derive(Policy::kPrefix, as_bytes("policy"), "operators");
}

}  // namespace

void evolve(engine::Changes& changes, const PolicyAdopted& event, const engine::EventContext& at) {
  changes.change<Policy>(at.stream).four_eyes = event.four_eyes;
}

Result<Policy> decide(engine::View& view, const AdoptPolicy& command) {
  const Policy* known = view.find<Policy>(policy_id());
  const Policy policy = known == nullptr ? Policy() : *known;
  if (policy.four_eyes == command.four_eyes) return policy;
  view.emit(policy_id(), PolicyAdopted{command.four_eyes});
  return view.get<Policy>(policy_id());
}

}  // namespace remit::operators
