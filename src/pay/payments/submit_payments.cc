#include "kit/base/planted.h"
#include "pay/payments/payment_effect.h"

namespace remit::payments {
namespace {

RecordSubmission outcome_of(const Payment& payment, SubmissionResult result) {
  return {.id = payment.id, .attempt = payment.attempt.number, .result = result};
}

Error late() {
  return {ErrorCode::Unavailable,
          "hand_over_late",
          "It took too long to journal that the order goes out, so it was not sent.",
          {},
          nullptr};
}

}  // namespace

Result<rails::Submission> PaymentEffect::submission_of(const Payment& payment) {
  return rails::Submission{.instruction = TRY(instruction_of(payment)),
                           .consent_id = payment.consent.consent_id,
                           .access_token = TRY(ports_.sealer.open(payment.access_token)),
                           .idempotency_key = payment.attempt.idempotency_key,
                           .first_sent_at = payment.attempt.started_at,
                           .sent_before = payment.attempt.sent_before,
                           .refused = payment.attempt.refused};
}

void PaymentEffect::add_report(RecordSubmission& command, const Work& work,
                               const rails::StatusReport& report) {
  command.bank_payment_id = report.bank_payment_id;
  command.status = report.status;
  command.raw_status = report.raw_status;
  command.reason = {report.reason_code, report.reason};
  command.poll_interval = work.rail->capabilities().status_poll_interval;
  Result<codec::Sealed<RefundParty>> party = refund_party_of(work.payment, report);
  if (party) {
    command.refund_party = std::move(*party);
  } else if (terms::is_executed(report.status)) {
    // That the bank has the order is recorded at once, since another attempt would forget it. It is taken for no more than
    // received, though: a status query follows only what is not final, and tells account and status again.
    command.status = terms::PaymentStatus::Rcvd;
    command.raw_status.clear();
  }
}

bool SubmitPayments::wants(std::string_view type) const {
  return type == PaymentAuthorised::kType.name;
}

void SubmitPayments::act(WorkPtr work) {
  const Payment& payment = work->payment;
  if (payment.state == PaymentState::Submitting && payment.attempt.under_way &&
      !planted(Bug::InterruptedForgotten)) {
    // The process ended between the journalled start and the journalled answer: nobody knows what arrived.
    RecordSubmission unknown = outcome_of(payment, SubmissionResult::Unknown);
    unknown.reason = {"interrupted", "The process ended while the bank was called."};
    return record(work, std::move(unknown));
  }
  const bool to_be_sent =
      payment.state == PaymentState::Authorised || payment.state == PaymentState::Submitting;
  if (!to_be_sent) return finish(work);
  with_live_token(work, [this, work] { prepare(work); });
}

void SubmitPayments::prepare(const WorkPtr& work) {
  // Opened before the start is journalled: what cannot be sent must not be taken for sent.
  Result<rails::Submission> submission = submission_of(work->payment);
  if (!submission) return fail(work, std::move(submission).error());
  if (!work->rail->capabilities().confirms_funds)
    return start_attempt(work, std::move(*submission));
  std::string consent_id = submission->consent_id;
  std::string token = submission->access_token;
  work->rail->confirm_funds(
      std::move(consent_id), std::move(token),
      [this, work, submission = std::move(*submission)](Result<bool> available) mutable {
        // Only a plain no counts: the bank decides again when it gets the order.
        if (!available || *available) return start_attempt(work, std::move(submission));
        RecordSubmission command = outcome_of(work->payment, SubmissionResult::Rejected);
        command.reason = {"funds_not_available",
                          "The payer's bank says that the account does not have enough money."};
        record(work, std::move(command));
      });
}

void SubmitPayments::start_attempt(const WorkPtr& work, rails::Submission submission) {
  if (planted(Bug::SubmissionUnjournalled)) {
    submission.idempotency_key = work->payment.instruction_id;
    return hand_over(work, std::move(submission));
  }
  begin_hand_over(work, StartSubmission{work->payment.id},
                  [this, work, submission = std::move(submission)](bool in_time) mutable {
                    if (!in_time) return record_outcome(work, rails::NotSent{late(), {}});
                    submission.idempotency_key = work->payment.attempt.idempotency_key;
                    submission.first_sent_at = work->payment.attempt.started_at;
                    submission.sent_before = work->payment.attempt.sent_before;
                    hand_over(work, std::move(submission));
                  });
}

void SubmitPayments::hand_over(const WorkPtr& work, rails::Submission submission) {
  work->rail->submit(std::move(submission), [this, work](rails::SubmissionOutcome outcome) {
    record_outcome(work, std::move(outcome));
  });
}

void SubmitPayments::record_outcome(const WorkPtr& work, rails::SubmissionOutcome outcome) {
  if (const auto* accepted = std::get_if<rails::Accepted>(&outcome)) {
    RecordSubmission command = outcome_of(work->payment, SubmissionResult::Accepted);
    add_report(command, *work, accepted->report);
    return record(work, std::move(command));
  }
  if (const auto* rejected = std::get_if<rails::Rejected>(&outcome)) {
    const bool is_known = !rejected->copy_alone || planted(Bug::RefusedCopyBelieved);
    RecordSubmission command = outcome_of(
        work->payment, is_known ? SubmissionResult::Rejected : SubmissionResult::Unknown);
    command.refused = !is_known;
    command.reason = {rejected->error.reason, rejected->error.message};
    return record(work, std::move(command));
  }
  if (const auto* unknown = std::get_if<rails::Unknown>(&outcome)) {
    if (planted(Bug::UnknownRetriedWithNewKey))
      return record_outcome(work, rails::NotSent{unknown->error, {}});
    RecordSubmission command = outcome_of(work->payment, SubmissionResult::Unknown);
    command.reason = {unknown->error.reason, unknown->error.message};
    return record(work, std::move(command));
  }
  const auto& not_sent = std::get<rails::NotSent>(outcome);
  RecordSubmission command = outcome_of(work->payment, SubmissionResult::NotSent);
  command.reason = {not_sent.error.reason, not_sent.error.message};
  command.answered = not_sent.answered;
  submit(work, std::move(command),
         [work, error = not_sent.error,
          after = not_sent.retry_after](Result<engine::Answered> answer) mutable {
           if (!answer) return end(work, std::move(answer));
           work->done(flow::Retry{std::move(error), after});
         });
}

bool ResolvePayments::wants(std::string_view type) const {
  return type == PaymentResolutionDue::kType.name;
}

void ResolvePayments::act(WorkPtr work) {
  if (work->payment.state != PaymentState::OutcomeUnknown) return finish(work);
  with_live_token(work, [this, work] { look(work); });
}

void ResolvePayments::look(const WorkPtr& work) {
  Result<rails::Submission> submission = submission_of(work->payment);
  if (!submission) return fail(work, std::move(submission).error());
  work->rail->resolve(std::move(*submission), [this, work](Result<rails::Resolution> resolution) {
    record_resolution(work, std::move(resolution));
  });
}

void ResolvePayments::replay(const WorkPtr& work) {
  const StartReplay start{work->payment.id, work->payment.attempt.number};
  begin_hand_over(work, start, [this, work](bool in_time) {
    if (!in_time) return record_replay(work, rails::NotSent{late(), {}});
    Result<rails::Submission> submission = submission_of(work->payment);
    if (!submission) return fail(work, std::move(submission).error());
    work->rail->submit(std::move(*submission),
                       [this, work](const auto& outcome) { record_replay(work, outcome); });
  });
}

void ResolvePayments::record_replay(const WorkPtr& work, const rails::SubmissionOutcome& outcome) {
  if (const auto* accepted = std::get_if<rails::Accepted>(&outcome)) {
    return record_resolution(work, rails::FoundExecuted{accepted->report, "idempotent_replay"});
  }
  RecordSubmission command = outcome_of(work->payment, SubmissionResult::Unknown);
  const auto because = [&](const Error& error) { command.reason = {error.reason, error.message}; };
  if (const auto* rejected = std::get_if<rails::Rejected>(&outcome)) {
    command.refused = true;
    because(rejected->error);
  } else if (const auto* unknown = std::get_if<rails::Unknown>(&outcome)) {
    because(unknown->error);
  } else {
    because(std::get<rails::NotSent>(outcome).error);
  }
  record(work, std::move(command));
}

void ResolvePayments::record_resolution(const WorkPtr& work, Result<rails::Resolution> resolution) {
  if (resolution && std::holds_alternative<rails::ReplayAllowed>(*resolution)) return replay(work);
  RecordSubmission command = outcome_of(work->payment, SubmissionResult::Unknown);
  if (!resolution) {
    command.reason = {resolution.error().reason, resolution.error().message};
  } else if (const auto* executed = std::get_if<rails::FoundExecuted>(&*resolution)) {
    command.result = SubmissionResult::Accepted;
    command.evidence = executed->evidence;
    add_report(command, *work, executed->report);
  } else if (const auto* not_executed = std::get_if<rails::FoundNotExecuted>(&*resolution)) {
    command.result = SubmissionResult::Rejected;
    command.evidence = not_executed->evidence;
    command.reason = {"found_not_executed", not_executed->reason};
  } else {
    command.reason = {"still_unknown", std::get<rails::StillUnknown>(*resolution).why};
  }
  record(work, std::move(command));
}

bool QueryStatuses::wants(std::string_view type) const {
  return type == PaymentStatusDue::kType.name;
}

void QueryStatuses::act(WorkPtr work) {
  const bool open = work->payment.state == PaymentState::Submitted ||
                    work->payment.state == PaymentState::Executed;
  if (!open) return finish(work);
  work->rail->status(
      work->payment.bank_payment_id, [this, work](Result<rails::StatusReport> report) {
        RecordStatus command{.id = work->payment.id};
        command.poll_interval = work->rail->capabilities().status_poll_interval;
        if (report) {
          command.status = report->status;
          command.raw_status = report->raw_status;
          command.reason = {report->reason_code, report->reason};
          auto party = refund_party_of(work->payment, *report);
          // Asked again, not recorded without the account: after a final status the bank is not asked any more.
          if (!party) return fail(work, std::move(party).error());
          command.refund_party = std::move(*party);
        } else {
          // No news: the last status again, which only sets the next query.
          command.status = work->payment.bank_status.value_or(terms::PaymentStatus::Rcvd);
          command.raw_status = work->payment.bank_status_raw;
        }
        record(work, std::move(command));
      });
}

}  // namespace remit::payments
