#include "pay/payments/payment_effect.h"

#include "kit/base/planted.h"

#include <fmt/format.h>

namespace remit::payments {

void PaymentEffect::start(const flow::Record& record, std::uint32_t attempts, Callback done) {
  auto work = std::make_shared<Work>();
  work->record = record;
  work->attempts = attempts;
  work->done = std::move(done);
  auto found = std::make_shared<bool>(false);
  ports_.engine.query(
      [work, found](engine::ReadView& view) {
        if (const Payment* payment = view.find<Payment>(work->record.key)) {
          work->payment = *payment;
          *found = true;
        }
      },
      [this, work, found](Result<engine::Position> position) {
        if (!position) return fail(work, std::move(position).error());
        if (position->value < work->record.cursor.value) {
          // The event is a newer writer's: this engine lost its partition, and its old state must not end the record.
          return fail(work, Error{ErrorCode::Unavailable,
                                  "engine_overtaken",
                                  "Another process owns the partition; this one must stop.",
                                  {},
                                  nullptr});
        }
        CHECK(*found, "{} has an event and no state", work->record.key.to_string());
        const auto rail = ports_.rails.find(work->payment.rail);
        if (rail == ports_.rails.end()) {
          return fail(work, Error{ErrorCode::Unavailable,
                                  "rail_not_configured",
                                  fmt::format("No rail '{}' is configured; add it and restart.",
                                              work->payment.rail),
                                  {},
                                  nullptr});
        }
        work->rail = rail->second;
        act(work);
      });
}

engine::CommandContext PaymentEffect::context_of(Work& work) const {
  engine::CommandContext context;
  // Derived, so that the same record's second handling is recognisable in the journal.
  context.command = TypeId::derive(
      "cmd", work.record.key,
      fmt::format("{}/{}/{}", work.record.cursor.value, work.attempts, work.commands++));
  context.correlation = work.record.cause.correlation;
  context.trace = work.record.cause.trace;
  context.actor = ports_.actor;
  return context;
}

void PaymentEffect::end(const WorkPtr& work, Result<engine::Answered> answer) {
  if (answer) return finish(work);
  const bool refused = answer.error().code == ErrorCode::FailedPrecondition ||
                       answer.error().code == ErrorCode::NotFound;
  if (refused) return finish(work);
  if (answer.error().code == ErrorCode::OutcomeUnknown) {
    // Commands about a payment may be said twice.
    return work->done(flow::Retry{std::move(answer).error(), std::nullopt});
  }
  fail(work, std::move(answer).error());
}

bool PaymentEffect::is_in_time(Monotonic asked) const {
  return ports_.clock.monotonic() - asked <= kHandOverWithin || planted(Bug::HandOverLate);
}

void PaymentEffect::take(Work& work, const engine::Answered& answer) {
  Result<Payment> payment = codec::decode<Payment>(answer.body);
  CHECK(payment.has_value(), "{}", payment.error().describe());
  work.payment = std::move(*payment);
}

Result<rails::Instruction> PaymentEffect::instruction_of(const Payment& payment) {
  Parties parties = TRY(ports_.sealer.open(payment.parties));
  return rails::Instruction{.payment = payment.id,
                            .amount = payment.amount,
                            .creditor = std::move(parties.creditor),
                            .creditor_name = std::move(parties.creditor_name),
                            .reference = payment.reference,
                            .instruction_id = payment.instruction_id,
                            .end_to_end_id = payment.end_to_end_id,
                            .debtor = std::move(parties.debtor)};
}

Result<codec::Sealed<RefundParty>> PaymentEffect::refund_party_of(
    const Payment& payment, const rails::StatusReport& report) {
  const bool wanted = !payment.goes_out() && payment.refund_party.empty();
  if (!report.refund_account || !wanted) return codec::Sealed<RefundParty>();
  auto sealed =
      ports_.sealer.seal(payment.sealing_owner(),
                         RefundParty{report.refund_account->account, report.refund_account->name});
  if (sealed || sealed.error().transient()) return sealed;
  // The key is gone for good: nobody can be paid back, and what became of the payment is recorded all the same.
  return codec::Sealed<RefundParty>();
}

}  // namespace remit::payments
