#pragma once

#include "kit/base/time.h"
#include "kit/engine/command.h"
#include "kit/flow/commands.h"
#include "pay/payments/commands.h"

#include <boost/describe.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <variant>

/// Four eyes: what an operator may not do to money alone, one asks for and another approves. Both are known by the user of
/// the system that they are, and both are in the journal.
namespace remit::operators {

/// A request is not approved any more when it is older: what its asker saw may have changed.
inline constexpr Duration kApprovalLifetime = std::chrono::hours(72);
inline constexpr std::size_t kBecauseBytesMax = 1024;

/// What needs two people: the command that runs, unchanged, when the second one approves.
using MoneyAct =
    std::variant<payments::ResolvePayment, flow::RedriveDeadLetter, flow::DiscardDeadLetter>;

/// The payment or dead letter that it is done to.
const TypeId& subject_of(const MoneyAct& act);
/// As its command is named: "payment.resolve".
std::string_view name_of(const MoneyAct& act);

enum class ApprovalStatus : std::uint8_t { Waiting = 1, Approved = 2, Rejected = 3 };
BOOST_DESCRIBE_ENUM(ApprovalStatus, Waiting, Approved, Rejected)

/// One request and what became of it.
struct Approval {
  static constexpr std::string_view kPrefix = "apr";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  MoneyAct act;
  std::string requested_by;  ///< "user:alice"
  Timestamp requested_at;
  Timestamp expires_at;  ///< From then on it cannot be approved, only rejected.
  ApprovalStatus status = ApprovalStatus::Waiting;
  std::string decided_by;  ///< Empty while it waits.
  std::optional<Timestamp> decided_at;
  std::string because;  ///< The second one's word; needed to reject.
};
BOOST_DESCRIBE_STRUCT(Approval, (),
                      (id, act, requested_by, requested_at, expires_at, status, decided_by,
                       decided_at, because))

struct ApprovalRequested {
  static constexpr engine::EventType kType{"approval.requested", 1};
  MoneyAct act;
  std::string requested_by;
  Timestamp expires_at;
};
BOOST_DESCRIBE_STRUCT(ApprovalRequested, (), (act, requested_by, expires_at))

/// The events of the act itself follow in the same commit.
struct ApprovalGranted {
  static constexpr engine::EventType kType{"approval.granted", 1};
  std::string decided_by;
  std::string because;
};
BOOST_DESCRIBE_STRUCT(ApprovalGranted, (), (decided_by, because))

struct ApprovalRejected {
  static constexpr engine::EventType kType{"approval.rejected", 1};
  std::string decided_by;
  std::string because;
};
BOOST_DESCRIBE_STRUCT(ApprovalRejected, (), (decided_by, because))

void evolve(engine::Changes& changes, const ApprovalRequested& event,
            const engine::EventContext& at);
void evolve(engine::Changes& changes, const ApprovalGranted& event, const engine::EventContext& at);
void evolve(engine::Changes& changes, const ApprovalRejected& event,
            const engine::EventContext& at);

/// Refused as the act would be now, where that shows without doing it: nobody is asked to approve what cannot be done.
struct RequestApproval {
  static constexpr std::string_view kName = "approval.request";
  using Answer = Approval;
  TypeId id;
  MoneyAct act;
};
BOOST_DESCRIBE_STRUCT(RequestApproval, (), (id, act))

/// The second person's word. Approving does the act in the same commit; what refuses the act refuses the approval, which
/// then waits on. Fails as the act does, and: `approval_not_found`, `approval_decided`, `approval_expired`,
/// `approval_by_requester` (who asked may reject, which takes the request back), `reason_missing`.
struct DecideApproval {
  static constexpr std::string_view kName = "approval.decide";
  using Answer = Approval;
  TypeId id;
  bool approve = false;
  std::string because;
};
BOOST_DESCRIBE_STRUCT(DecideApproval, (), (id, approve, because))

Result<Approval> decide(engine::View& view, const RequestApproval& command);
Result<Approval> decide(engine::View& view, const DecideApproval& command);

}  // namespace remit::operators
