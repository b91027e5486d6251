#pragma once

#include "kit/engine/command.h"

#include <boost/describe.hpp>

/// By which rules operators worked when: a configuration that lets one person alone move money leaves its trace.
namespace remit::operators {

struct Policy {
  static constexpr std::string_view kPrefix = "opp";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  bool four_eyes = false;
};
BOOST_DESCRIBE_STRUCT(Policy, (), (four_eyes))

struct PolicyAdopted {
  static constexpr engine::EventType kType{"operator.policy_adopted", 1};
  bool four_eyes = false;
};
BOOST_DESCRIBE_STRUCT(PolicyAdopted, (), (four_eyes))

void evolve(engine::Changes& changes, const PolicyAdopted& event, const engine::EventContext& at);

/// Said at every start; only a change is journalled. A journal that says nothing began without four eyes.
struct AdoptPolicy {
  static constexpr std::string_view kName = "operators.adopt_policy";
  using Answer = Policy;
  bool four_eyes = false;
};
BOOST_DESCRIBE_STRUCT(AdoptPolicy, (), (four_eyes))

Result<Policy> decide(engine::View& view, const AdoptPolicy& command);

}  // namespace remit::operators
