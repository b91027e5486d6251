#include "pay/operators/act.h"
#include "pay/operators/approval.h"
#include "pay/operators/policy.h"

namespace remit::operators {

void register_kinds(engine::Registry& registry) {
  registry.entity<Act>();
  registry.event<ActRecorded>();
  registry.command<RecordAct>();
  registry.entity<Approval>();
  registry.event<ApprovalRequested>();
  registry.event<ApprovalGranted>();
  registry.event<ApprovalRejected>();
  registry.command<RequestApproval>();
  registry.command<DecideApproval>();
  registry.entity<Policy>();
  registry.event<PolicyAdopted>();
  registry.command<AdoptPolicy>();
}

}  // namespace remit::operators
