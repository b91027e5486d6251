#include "pay/payments/facts.h"

#include "kit/base/codec/json_schema.h"
#include "pay/payments/events.h"

#include <array>

namespace remit::payments {
namespace {

/// A payment as facts tell it: nothing of its parties, nothing sealed.
struct PaymentFact {
  TypeId id;
  PaymentState status = PaymentState::Created;
  Money amount;
  std::optional<std::string> client_reference;
  std::string end_to_end_id;
  std::string bank;
  std::optional<std::string> bank_payment_id;
  std::optional<std::string> bank_status;  ///< ISO 20022 external code.
  std::optional<std::string> reason_code;
  std::optional<std::string> reason;
  bool needs_operator = false;
  Timestamp created_at;
  std::optional<Timestamp> executed_at;
  std::optional<Timestamp> settled_at;
  PaymentKind kind = PaymentKind::PayIn;
  std::optional<TypeId> refund_of;
  std::int64_t refunded_amount = 0;  ///< Minor units that were paid back so far.
};
BOOST_DESCRIBE_STRUCT(PaymentFact, (),
                      (id, status, amount, client_reference, end_to_end_id, bank, bank_payment_id,
                       bank_status, reason_code, reason, needs_operator, created_at, executed_at,
                       settled_at, kind, refund_of, refunded_amount))

/// The private events that are told, as what, and when. Others are steps on the way that say nothing new to the client.
struct Told {
  std::string_view event;
  std::string_view fact;
  std::string_view summary;
};
constexpr std::array kTold = {
    Told{PaymentCreated::kType.name, "payment.created.v1", "The payment was accepted."},
    Told{PaymentConsentCreated::kType.name, "payment.authorisation_requested.v1",
         "The bank waits for the payer: read the payment and send the payer to its "
         "authorisation_url."},
    Told{PaymentAuthorised::kType.name, "payment.authorised.v1", "The payer has approved it."},
    Told{PaymentOutcomeUnknown::kType.name, "payment.outcome_unknown.v1",
         "It was handed to the bank and no answer settles it: it may have been executed. Evidence "
         "is looked for; never pay again instead."},
    Told{PaymentOperatorNeeded::kType.name, "payment.operator_needed.v1",
         "No evidence settled what became of it: an operator looks at it."},
    Told{PaymentSubmitted::kType.name, "payment.submitted.v1", "The bank has accepted it."},
    Told{PaymentStatusReported::kType.name, "payment.status_reported.v1",
         "The bank has reported a new status."},
    Told{PaymentExecuted::kType.name, "payment.executed.v1",
         "The payer's bank has executed it (ACSC)."},
    Told{PaymentSettled::kType.name, "payment.settled.v1", "The money has arrived. Final."},
    Told{PaymentRejected::kType.name, "payment.rejected.v1",
         "Payer or bank refused it; reason_code says why. Final."},
    Told{PaymentCancelled::kType.name, "payment.cancelled.v1",
         "The client has withdrawn it. Final."},
    Told{PaymentExpired::kType.name, "payment.expired.v1",
         "The payer did not approve it in time. Final."},
    Told{PaymentRefundEnded::kType.name, "payment.refunded.v1",
         "A refund of it was executed; refunded_amount says how much was paid back so far."},
};
constexpr auto kTypes = [] {
  std::array<std::string_view, kTold.size()> types{};
  for (std::size_t i = 0; i < kTold.size(); ++i) types.at(i) = kTold.at(i).fact;
  return types;
}();

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}
std::optional<Timestamp> unless_epoch(Timestamp time) {
  return time == Timestamp() ? std::nullopt : std::optional(time);
}

PaymentFact tell(const Payment& payment) {
  PaymentFact fact{.id = payment.id,
                   .status = payment.state,
                   .amount = payment.amount,
                   .client_reference = unless_empty(payment.client_reference),
                   .end_to_end_id = payment.end_to_end_id,
                   .bank = payment.rail,
                   .bank_payment_id = unless_empty(payment.bank_payment_id),
                   .reason_code = unless_empty(payment.reason.code),
                   .reason = unless_empty(payment.reason.message),
                   .needs_operator = payment.needs_operator,
                   .created_at = payment.created_at,
                   .executed_at = unless_epoch(payment.executed_at),
                   .settled_at = unless_epoch(payment.settled_at),
                   .kind = payment.kind,
                   .refunded_amount = payment.refunds.refunded};
  if (!payment.refund_of.empty()) fact.refund_of = payment.refund_of;
  if (payment.bank_status) {
    fact.bank_status = std::string(terms::status_code(*payment.bank_status));
  }
  return fact;
}

/// A refund that came to nothing is told by its own facts.
bool is_told(const flow::Record& record) {
  if (record.type != PaymentRefundEnded::kType.name) return true;
  const auto ended = codec::decode<PaymentRefundEnded>(record.payload);
  CHECK(ended.has_value(), "{}", ended.error().describe());
  return ended->executed;
}

std::optional<api::Fact> make(const flow::Record& record, const void* state) {
  if (record.key.prefix() != Payment::kPrefix) return std::nullopt;
  for (const Told& told : kTold) {
    if (told.event != record.type || !is_told(record)) continue;
    const auto& payment = *static_cast<const Payment*>(state);
    return api::Fact{told.fact, payment.client, codec::to_json(tell(payment))};
  }
  return std::nullopt;
}

}  // namespace

api::FactSource facts() {
  api::FactSource source{kTypes, make, {}};
  for (const Told& told : kTold) {
    source.descriptions.push_back({told.fact, told.summary, [](codec::JsonSchemas& schemas) {
                                     return schemas.add<PaymentFact>();
                                   }});
  }
  return source;
}

}  // namespace remit::payments
