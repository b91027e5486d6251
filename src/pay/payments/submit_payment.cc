#include "kit/base/planted.h"
#include "pay/payments/commands.h"
#include "pay/payments/limits.h"
#include "pay/payments/rules.h"

#include <fmt/format.h>

#include <algorithm>

/// Step 5 of a payment's life: the hand-over to the bank, and what becomes of one whose outcome is unknown.
namespace remit::payments {
namespace {

Duration doubled(Duration first, std::uint32_t times, Duration most) {
  return std::min<Duration>(most, first * (1LL << std::min<std::uint32_t>(times, 20)));
}

/// At most 40 characters (Read/Write API, x-idempotency-key); one per attempt, so that a new attempt is never taken for a
/// repetition of one that was finally not executed.
std::string attempt_key(const Payment& payment, std::uint32_t attempt) {
  return fmt::format("{}-{}", payment.instruction_id, attempt);
}

Result<void> record_accepted(engine::View& view, const Payment& payment,
                             const RecordSubmission& command) {
  view.emit(payment.id, PaymentSubmitted{command.bank_payment_id, command.evidence});
  note_refund_party(view, payment.id, command.refund_party);
  view.cancel_timer({payment.id, "resolve"});
  TRY_VOID(apply_status(view,
                        {.id = payment.id,
                         .status = command.status,
                         .raw_status = command.raw_status,
                         .reason = command.reason,
                         .refund_party = {},
                         .poll_interval = command.poll_interval},
                        command.evidence));
  return {};
}

Result<void> record_unknown(engine::View& view, const Payment& payment, const Reason& reason,
                            bool refused) {
  if (planted(Bug::UnknownTakenForRejected)) return reject(view, payment, reason);
  const bool is_news = refused && !payment.attempt.refused;
  if (payment.state == PaymentState::Submitting) {
    view.emit(payment.id, PaymentOutcomeUnknown{payment.attempt.number, reason, refused});
  } else if (is_news) {
    view.emit(payment.id, PaymentReplayRefused{payment.attempt.number, reason});
  }
  const Payment now = view.get<Payment>(payment.id);
  // Behind a refusal the consent decides, which is worth another look.
  if (now.attempt.resolutions >= kResolutionsMax && !is_news) {
    if (!now.needs_operator) view.emit(payment.id, PaymentOperatorNeeded{reason});
    return {};
  }
  schedule_resolution(view, now);
  return {};
}

/// A hand-over that the bank answered without taking it may have been delivered twice, and its other copy taken: whatever
/// refuses a later one of the same attempt is then about that one alone, and only evidence says what became of the attempt.
bool may_be_taken(const Payment& payment) {
  if (payment.state != PaymentState::Submitting) return false;
  return payment.attempt.answered && !planted(Bug::ThrottledCopyForgotten);
}

Result<void> record_rejected(engine::View& view, const Payment& payment, const Reason& reason) {
  if (may_be_taken(payment)) return record_unknown(view, payment, reason, true);
  // What the bank said when it refused a copy is why it was not executed.
  const bool is_told = payment.attempt.refused && !payment.needs_operator;
  return reject(view, payment, is_told ? payment.reason : reason);
}

Result<void> record_not_sent(engine::View& view, const Payment& payment,
                             const RecordSubmission& command) {
  // What is unknown stays so: that another hand-over was not taken says nothing of the one before.
  if (payment.state != PaymentState::Submitting) return {};
  view.emit(payment.id, PaymentNotSent{payment.attempt.number, command.reason, command.answered});
  const Payment now = view.get<Payment>(payment.id);
  if (now.attempt.not_sent < kNotSentMax) return {};
  return record_rejected(view, now, command.reason);
}

}  // namespace

void schedule_resolution(engine::View& view, const Payment& payment) {
  const Duration delay =
      doubled(kResolutionDelayMin, payment.attempt.resolutions, kResolutionDelayMax);
  view.set_timer({payment.id, "resolve"}, view.now() + delay,
                 engine::encode_command(AnnounceResolution{payment.id, payment.attempt.number}));
}

Result<Payment> decide(engine::View& view, const StartSubmission& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  const bool again = payment.state == PaymentState::Submitting && !payment.attempt.under_way;
  if (payment.state != PaymentState::Authorised && !again) {
    return fail(ErrorCode::FailedPrecondition, "payment_not_authorised",
                "Only an authorised payment is handed to the bank, once.");
  }
  // What certainly did not arrive goes again as the same attempt, under the same key.
  const bool same = again && !planted(Bug::UnknownRetriedWithNewKey);
  const std::uint32_t attempt = same ? payment.attempt.number : payment.attempt.number + 1;
  view.emit(payment.id, PaymentSubmissionStarted{attempt, attempt_key(payment, attempt)});
  if (!planted(Bug::ExpiryWhileSubmitting)) view.cancel_timer(expiry_timer(payment.id));
  return view.get<Payment>(payment.id);
}

Result<Payment> decide(engine::View& view, const RecordSubmission& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  const bool awaited =
      payment.state == PaymentState::Submitting || payment.state == PaymentState::OutcomeUnknown;
  // The payer's bank may say before the hand-over that there is no money for it.
  const bool spared =
      payment.state == PaymentState::Authorised && command.result == SubmissionResult::Rejected;
  // Said before, or overtaken by better knowledge of the same attempt.
  if ((!awaited && !spared) || payment.attempt.number != command.attempt) return payment;
  switch (command.result) {
    case SubmissionResult::Accepted:
      TRY_VOID(record_accepted(view, payment, command));
      break;
    case SubmissionResult::Rejected:
      TRY_VOID(record_rejected(view, payment, command.reason));
      break;
    case SubmissionResult::NotSent:
      TRY_VOID(record_not_sent(view, payment, command));
      break;
    case SubmissionResult::Unknown:
      TRY_VOID(record_unknown(view, payment, command.reason, command.refused));
      break;
  }
  return view.get<Payment>(payment.id);
}

Result<Payment> decide(engine::View& view, const StartReplay& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  if (payment.state != PaymentState::OutcomeUnknown || payment.attempt.number != command.attempt) {
    return fail(ErrorCode::FailedPrecondition, "outcome_not_unknown",
                "Only an order whose outcome is unknown is sent again.");
  }
  view.emit(payment.id, PaymentReplayStarted{command.attempt});
  return view.get<Payment>(payment.id);
}

Result<Recorded> decide(engine::View& view, const AnnounceResolution& command) {
  const Payment payment = TRY(find_payment(view, command.id));
  if (payment.state != PaymentState::OutcomeUnknown || payment.attempt.number != command.attempt) {
    return Recorded{};
  }
  view.emit(payment.id, PaymentResolutionDue{command.attempt, payment.attempt.resolutions + 1});
  return Recorded{};
}

Result<Payment> resolvable(engine::View& view, const ResolvePayment& command) {
  Payment payment = TRY(find_payment(view, command.id));
  if (command.evidence.empty()) {
    return fail(ErrorCode::InvalidArgument, "evidence_missing",
                "Say what shows it: --evidence \"statement line ...\".", "evidence");
  }
  if (payment.state != PaymentState::OutcomeUnknown) {
    return fail(ErrorCode::FailedPrecondition, "outcome_not_unknown",
                "Only a payment whose outcome is unknown is resolved by hand.");
  }
  if (command.executed && command.bank_payment_id.empty()) {
    return fail(ErrorCode::InvalidArgument, "bank_payment_id_missing",
                "Name the bank's own id of the payment that was executed.", "bank_payment_id");
  }
  return payment;
}

Result<Payment> decide(engine::View& view, const ResolvePayment& command) {
  const Payment payment = TRY(resolvable(view, command));
  if (!command.executed) {
    TRY_VOID(reject(view, payment, {"resolved_not_executed", command.evidence}));
    return view.get<Payment>(payment.id);
  }
  RecordSubmission found{.id = payment.id,
                         .attempt = payment.attempt.number,
                         .result = SubmissionResult::Accepted,
                         .bank_payment_id = command.bank_payment_id,
                         .status = terms::PaymentStatus::Acsc,
                         .raw_status = "",
                         .reason = {},
                         .evidence = command.evidence};
  return decide(view, found);
}

}  // namespace remit::payments
