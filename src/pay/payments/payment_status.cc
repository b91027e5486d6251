#include "kit/base/planted.h"
#include "pay/payments/commands.h"
#include "pay/payments/limits.h"
#include "pay/payments/rules.h"

#include <fmt/format.h>

#include <algorithm>

/// Steps 6 and 7 of a payment's life: what the bank reports, and executed and settled.
namespace remit::payments {
namespace {

Result<void> settle(engine::View& view, const Payment& payment) {
  view.emit(payment.id, PaymentSettled{payment.settles_on});
  view.cancel_timer({payment.id, "status"});
  return post_settlement(view, payment);
}

/// The bank says the opposite of what was recorded as the end: nothing is undone, a person looks at it.
void note_contradiction(engine::View& view, const Payment& payment, terms::PaymentStatus status) {
  const bool ended_unpaid = payment.state == PaymentState::Rejected ||
                            payment.state == PaymentState::Cancelled ||
                            payment.state == PaymentState::Expired;
  const bool paid =
      payment.state == PaymentState::Executed || payment.state == PaymentState::Settled;
  const bool contradicts =
      (ended_unpaid && terms::is_executed(status)) || (paid && terms::is_refused(status));
  if (!contradicts || payment.needs_operator) return;
  view.emit(payment.id,
            PaymentOperatorNeeded{
                {"status_contradicts", fmt::format("The bank reports {} after the payment ended "
                                                   "otherwise; ask the bank.",
                                                   terms::status_code(status))}});
}

Result<void> execute(engine::View& view, const Payment& payment, const std::string& evidence) {
  view.emit(payment.id, PaymentExecuted{evidence});
  TRY_VOID(post_execution(view, payment));
  end_refund(view, payment, true);
  if (payment.settles_on == SettlementBasis::ExecutionIsFinal) return settle(view, payment);
  return {};
}

/// Twice as long after each query, from the bank's interval on.
void schedule_status_query(engine::View& view, const Payment& payment, Duration interval) {
  const Duration first = std::clamp<Duration>(interval, kPollDelayMin, kPollDelayMax);
  const Duration delay = std::min<Duration>(
      kPollDelayMax, first * (1LL << std::min<std::uint32_t>(payment.polls, 20)));
  view.set_timer({payment.id, "status"}, view.now() + delay,
                 engine::encode_command(AnnounceStatusQuery{payment.id}));
}

bool is_open(const Payment& payment) {
  return payment.state == PaymentState::Submitted || payment.state == PaymentState::Executed;
}

}  // namespace

Result<void> apply_status(engine::View& view, const RecordStatus& report,
                          const std::string& evidence) {
  const TypeId& id = report.id;
  const terms::PaymentStatus status = report.status;
  const Payment before = view.get<Payment>(id);
  const bool news = !before.bank_status || terms::rank(status) > terms::rank(*before.bank_status);
  const bool older = !news && planted(Bug::OldStatusMovesBackwards);
  if (news || older) view.emit(id, PaymentStatusReported{status, report.raw_status, report.reason});
  if (is_final(before.state)) return {};
  if (terms::is_refused(status) && before.state == PaymentState::Submitted) {
    view.cancel_timer({id, "status"});
    return reject(view, before, report.reason);
  }
  if (terms::is_executed(status) && before.state == PaymentState::Submitted) {
    TRY_VOID(execute(view, before, evidence));
  }
  const Payment after = view.get<Payment>(id);
  if (terms::is_settled(status) && after.state == PaymentState::Executed) {
    TRY_VOID(settle(view, after));
  }
  const Payment now = view.get<Payment>(id);
  if (!is_final(now.state)) schedule_status_query(view, now, report.poll_interval);
  return {};
}

Result<Recorded> decide(engine::View& view, const AnnounceStatusQuery& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  if (!is_open(payment)) return Recorded{};
  if (payment.polls >= kPollsMax) {
    if (!payment.needs_operator) {
      view.emit(payment.id,
                PaymentOperatorNeeded{{"status_silent", "The bank reports no end of it."}});
    }
    return Recorded{};
  }
  view.emit(payment.id, PaymentStatusDue{payment.polls + 1, {}});
  return Recorded{};
}

Result<Recorded> decide(engine::View& view, const NoteBankEvent& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  // Told again, or late: there is nothing to ask any more.
  if (!is_open(payment) || payment.hints >= kHintsMax) return Recorded{};
  view.emit(payment.id, PaymentStatusDue{payment.hints + 1, command.bank_event});
  return Recorded{};
}

Result<Recorded> decide(engine::View& view, const RecordStatus& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  note_contradiction(view, payment, command.status);
  if (!is_open(payment)) return Recorded{};
  note_refund_party(view, payment.id, command.refund_party);
  TRY_VOID(apply_status(view, command, "status"));
  return Recorded{};
}

}  // namespace remit::payments
