#include "pay/operators/approval.h"

#include <fmt/format.h>

namespace remit::operators {
namespace {

/// Fails with what would refuse the act now.
Result<void> expect_possible(engine::View& view, const MoneyAct& act) {
  struct Possible {
    engine::View& view;
    Result<void> operator()(const payments::ResolvePayment& one) const {
      TRY(payments::resolvable(view, one));
      return {};
    }
    Result<void> operator()(const flow::RedriveDeadLetter& one) const {
      TRY(flow::redrivable(view, one));
      return {};
    }
    Result<void> operator()(const flow::DiscardDeadLetter& one) const {
      TRY(flow::discardable(view, one));
      return {};
    }
  };
  return std::visit(Possible{view}, act);
}

Result<void> carry_out(engine::View& view, const MoneyAct& act) {
  return std::visit(
      [&](const auto& command) -> Result<void> {
        TRY(decide(view, command));
        return {};
      },
      act);
}

}  // namespace

const TypeId& subject_of(const MoneyAct& act) {
  struct Subject {
    const TypeId& operator()(const payments::ResolvePayment& one) const { return one.id; }
    const TypeId& operator()(const flow::RedriveDeadLetter& one) const { return one.dead_letter; }
    const TypeId& operator()(const flow::DiscardDeadLetter& one) const { return one.dead_letter; }
  };
  return std::visit(Subject(), act);
}

std::string_view name_of(const MoneyAct& act) {
  return std::visit([]<class C>(const C&) -> std::string_view { return C::kName; }, act);
}

void evolve(engine::Changes& changes, const ApprovalRequested& event,
            const engine::EventContext& at) {
  changes.change<Approval>(at.stream) = {.id = at.stream,
                                         .act = event.act,
                                         .requested_by = event.requested_by,
                                         .requested_at = at.time,
                                         .expires_at = event.expires_at};
}

void evolve(engine::Changes& changes, const ApprovalGranted& event,
            const engine::EventContext& at) {
  auto& approval = changes.change<Approval>(at.stream);
  approval.status = ApprovalStatus::Approved;
  approval.decided_by = event.decided_by;
  approval.decided_at = at.time;
  approval.because = event.because;
}

void evolve(engine::Changes& changes, const ApprovalRejected& event,
            const engine::EventContext& at) {
  auto& approval = changes.change<Approval>(at.stream);
  approval.status = ApprovalStatus::Rejected;
  approval.decided_by = event.decided_by;
  approval.decided_at = at.time;
  approval.because = event.because;
}

Result<Approval> decide(engine::View& view, const RequestApproval& command) {
  if (const Approval* known = view.find<Approval>(command.id)) return *known;
  TRY(expect_possible(view, command.act));
  view.emit(command.id,
            ApprovalRequested{command.act, view.context().actor, view.now() + kApprovalLifetime});
  return view.get<Approval>(command.id);
}

Result<Approval> decide(engine::View& view, const DecideApproval& command) {
  const Approval* found = view.find<Approval>(command.id);
  if (found == nullptr) {
    return fail(ErrorCode::NotFound, "approval_not_found",
                "Nobody asked for this; `remit approvals list` shows what waits.");
  }
  const Approval approval = *found;
  const std::string& actor = view.context().actor;
  const std::string because = command.because.substr(0, kBecauseBytesMax);
  if (approval.status != ApprovalStatus::Waiting) {
    return fail(
        ErrorCode::FailedPrecondition, "approval_decided",
        fmt::format("{} decided it at {}.", approval.decided_by, to_rfc3339(*approval.decided_at)));
  }
  if (!command.approve) {
    if (because.empty()) {
      return fail(ErrorCode::InvalidArgument, "reason_missing",
                  "Say why it is rejected: --because \"...\".", "because");
    }
    view.emit(approval.id, ApprovalRejected{actor, because});
    return view.get<Approval>(approval.id);
  }
  if (actor == approval.requested_by) {
    return fail(ErrorCode::PermissionDenied, "approval_by_requester",
                fmt::format("{} asked for it: somebody else must approve, as another user of the "
                            "system.",
                            actor));
  }
  if (view.now() >= approval.expires_at) {
    return fail(ErrorCode::FailedPrecondition, "approval_expired",
                "It was asked for too long ago; look at the matter again and ask anew.");
  }
  view.emit(approval.id, ApprovalGranted{actor, because});
  TRY(carry_out(view, approval.act));
  return view.get<Approval>(approval.id);
}

}  // namespace remit::operators
