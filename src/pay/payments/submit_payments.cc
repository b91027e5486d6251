#include "pay/payments/payment_effect.h"

namespace remit::payments {
namespace {

RecordSubmission outcome_of(const Payment& payment, SubmissionResult result) {
  return {.id = payment.id, .attempt = payment.attempt.number, .result = result};
}

void add_report(RecordSubmission& command, const rails::StatusReport& report) {
  command.bank_payment_id = report.bank_payment_id;
  command.status = report.status;
  command.raw_status = report.raw_status;
  command.reason = {report.reason_code, report.reason};
}

Result<rails::Submission> submission_of(const Payment& payment, rails::Instruction instruction,
                                        codec::Sealer& sealer) {
  return rails::Submission{.instruction = std::move(instruction),
                           .consent_id = payment.consent.consent_id,
                           .access_token = TRY(sealer.open(payment.access_token)),
                           .idempotency_key = payment.attempt.idempotency_key,
                           .first_sent_at = payment.attempt.started_at};
}

}  // namespace

bool SubmitPayments::wants(const flow::Record& record) const {
  return record.type == PaymentAuthorised::kType.name;
}

void SubmitPayments::act(WorkPtr work) {
  const Payment& payment = work->payment;
  if (payment.state == PaymentState::Submitting && payment.attempt.under_way) {
    // The process ended between the journalled start and the journalled answer: nobody knows what arrived.
    RecordSubmission unknown = outcome_of(payment, SubmissionResult::Unknown);
    unknown.reason = {"interrupted", "The process ended while the bank was called."};
    return record(work, std::move(unknown));
  }
  const bool to_be_sent =
      payment.state == PaymentState::Authorised || payment.state == PaymentState::Submitting;
  if (!to_be_sent) return finish(work);
  submit(work, StartSubmission{payment.id}, [this, work](Result<engine::Answered> answer) {
    if (!answer) return end(work, std::move(answer));
    Result<Payment> started = codec::decode<Payment>(answer->body);
    CHECK(started.has_value(), "{}", started.error().describe());
    work->payment = std::move(*started);
    hand_over(work);
  });
}

void SubmitPayments::hand_over(const WorkPtr& work) {
  Result<rails::Instruction> instruction = instruction_of(work->payment);
  if (!instruction) return fail(work, std::move(instruction).error());
  Result<rails::Submission> submission =
      submission_of(work->payment, std::move(*instruction), ports_.sealer);
  if (!submission) return fail(work, std::move(submission).error());
  work->rail->submit(std::move(*submission), [this, work](rails::SubmissionOutcome outcome) {
    record_outcome(work, std::move(outcome));
  });
}

void SubmitPayments::record_outcome(const WorkPtr& work, rails::SubmissionOutcome outcome) {
  if (const auto* accepted = std::get_if<rails::Accepted>(&outcome)) {
    RecordSubmission command = outcome_of(work->payment, SubmissionResult::Accepted);
    add_report(command, accepted->report);
    return record(work, std::move(command));
  }
  if (const auto* rejected = std::get_if<rails::Rejected>(&outcome)) {
    RecordSubmission command = outcome_of(work->payment, SubmissionResult::Rejected);
    command.reason = {rejected->error.reason, rejected->error.message};
    return record(work, std::move(command));
  }
  if (const auto* unknown = std::get_if<rails::Unknown>(&outcome)) {
    RecordSubmission command = outcome_of(work->payment, SubmissionResult::Unknown);
    command.reason = {unknown->error.reason, unknown->error.message};
    return record(work, std::move(command));
  }
  const auto& not_sent = std::get<rails::NotSent>(outcome);
  RecordSubmission command = outcome_of(work->payment, SubmissionResult::NotSent);
  command.reason = {not_sent.error.reason, not_sent.error.message};
  submit(work, std::move(command),
         [work, error = not_sent.error,
          after = not_sent.retry_after](Result<engine::Answered> answer) mutable {
           if (!answer) return end(work, std::move(answer));
           work->done(flow::Retry{std::move(error), after});
         });
}

bool ResolvePayments::wants(const flow::Record& record) const {
  return record.type == PaymentResolutionDue::kType.name;
}

void ResolvePayments::act(WorkPtr work) {
  if (work->payment.state != PaymentState::OutcomeUnknown) return finish(work);
  Result<rails::Instruction> instruction = instruction_of(work->payment);
  if (!instruction) return fail(work, std::move(instruction).error());
  Result<rails::Submission> submission =
      submission_of(work->payment, std::move(*instruction), ports_.sealer);
  if (!submission) return fail(work, std::move(submission).error());
  work->rail->resolve(std::move(*submission), [this, work](Result<rails::Resolution> resolution) {
    record_resolution(work, std::move(resolution));
  });
}

void ResolvePayments::record_resolution(const WorkPtr& work, Result<rails::Resolution> resolution) {
  RecordSubmission command = outcome_of(work->payment, SubmissionResult::Unknown);
  if (!resolution) {
    command.reason = {resolution.error().reason, resolution.error().message};
  } else if (const auto* executed = std::get_if<rails::FoundExecuted>(&*resolution)) {
    command.result = SubmissionResult::Accepted;
    command.evidence = executed->evidence;
    add_report(command, executed->report);
  } else if (const auto* not_executed = std::get_if<rails::FoundNotExecuted>(&*resolution)) {
    command.result = SubmissionResult::Rejected;
    command.evidence = not_executed->evidence;
    command.reason = {"found_not_executed", not_executed->reason};
  } else {
    command.reason = {"still_unknown", std::get<rails::StillUnknown>(*resolution).why};
  }
  record(work, std::move(command));
}

bool QueryStatuses::wants(const flow::Record& record) const {
  return record.type == PaymentStatusDue::kType.name;
}

void QueryStatuses::act(WorkPtr work) {
  const bool open = work->payment.state == PaymentState::Submitted ||
                    work->payment.state == PaymentState::Executed;
  if (!open) return finish(work);
  work->rail->status(
      work->payment.bank_payment_id, [this, work](Result<rails::StatusReport> report) {
        RecordStatus command{.id = work->payment.id};
        if (report) {
          command.status = report->status;
          command.raw_status = report->raw_status;
          command.reason = {report->reason_code, report->reason};
        } else {
          // No news: the last status again, which only sets the next query.
          command.status = work->payment.bank_status.value_or(terms::PaymentStatus::Rcvd);
          command.raw_status = work->payment.bank_status_raw;
        }
        record(work, std::move(command));
      });
}

}  // namespace remit::payments
