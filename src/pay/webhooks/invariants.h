#pragma once

#include "kit/flow/checkpoints.h"
#include "kit/flow/state.h"
#include "kit/journal/invariant.h"
#include "kit/sqlite/database.h"
#include "pay/webhooks/delivery.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace remit::webhooks {

/// What was told to whom, by the events alone, to hold the published facts against: each that an enabled endpoint wants was
/// attempted at least once or still waits for its turn.
class ToldFacts final : public journal::Invariant {
 public:
  std::string_view name() const override { return "facts are told or wait"; }
  /// Takes the commit in, and holds deliveries to themselves: attempts are numbered 1, 2, 3 ..., and none follows in a round
  /// that has delivered.
  journal::Violation look(const journal::StoredCommit& commit) override;
  std::string seen() const override;

  /// The journalled state of the flow, whose parked records wait.
  void take_flow(const flow::FlowState& state);
  /// Looks at every fact in the rows of the read model. What a flow's checkpoint has not passed waits.
  Result<journal::Violation> compare(sqlite::Database& rows, flow::CheckpointTable& checkpoints);

 private:
  struct Endpoint {
    ClientId client;
    EndpointSettings settings;
    bool enabled = false;
    std::uint64_t since = 0;  ///< What happened before it became as it is now is not looked at.
    std::unordered_set<std::uint64_t> attempted;  ///< Positions of facts.
  };
  struct Last {
    std::uint32_t attempt = 0;
    std::uint32_t round = 0;
    bool delivered = false;
  };
  void take_endpoint(const journal::NewEvent& event, std::uint64_t position);
  journal::Violation attempted(const journal::NewEvent& event);
  Result<journal::Violation> compare(const TypeId& id, const Endpoint& endpoint,
                                     sqlite::Database& rows, std::uint64_t checkpoint);

  std::map<TypeId, Endpoint> endpoints_;
  std::unordered_map<TypeId, Last> deliveries_;
  std::map<std::string, std::unordered_set<std::uint64_t>> waiting_;  ///< By flow.
  std::uint64_t facts_ = 0;
  std::uint64_t attempts_ = 0;
};

}  // namespace remit::webhooks
