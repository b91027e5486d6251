#pragma once

#include "kit/engine/entity.h"
#include "pay/payments/payment.h"

/// What can happen to a payment. Stored for ever: fields are only added, at the end; tests/golden holds every layout.
namespace remit::payments {

struct PaymentCreated {
  static constexpr engine::EventType kType{"payment.created", 1};
  ClientId client;
  Money amount;
  codec::Sealed<Parties> parties;
  std::string reference;
  std::string client_reference;
  std::string instruction_id;
  std::string end_to_end_id;
  std::string rail;
  SettlementBasis settles_on = SettlementBasis::ExecutionIsFinal;
  Timestamp expires_at;
  PaymentKind kind = PaymentKind::PayIn;
  TypeId refund_of;
  TypeId payee_verification;
  bool payee_acknowledged = false;
  TypeId payer;
};
BOOST_DESCRIBE_STRUCT(PaymentCreated, (),
                      (client, amount, parties, reference, client_reference, instruction_id,
                       end_to_end_id, rail, settles_on, expires_at, kind, refund_of,
                       payee_verification, payee_acknowledged, payer))

struct PaymentConsentCreated {
  static constexpr engine::EventType kType{"payment.consent_created", 1};
  Consent consent;
};
BOOST_DESCRIBE_STRUCT(PaymentConsentCreated, (), (consent))

struct PaymentAuthorisationReceived {
  static constexpr engine::EventType kType{"payment.authorisation_received", 1};
  codec::Sealed<AuthorisationCode> code;
};
BOOST_DESCRIBE_STRUCT(PaymentAuthorisationReceived, (), (code))

struct PaymentAuthorised {
  static constexpr engine::EventType kType{"payment.authorised", 1};
  codec::Sealed<std::string> access_token;
  Timestamp access_expires_at;
  codec::Sealed<std::string> refresh_token;
};
BOOST_DESCRIBE_STRUCT(PaymentAuthorised, (), (access_token, access_expires_at, refresh_token))

/// The bank gave a new token for the old one, which had no more time.
struct PaymentTokenRefreshed {
  static constexpr engine::EventType kType{"payment.token_refreshed", 1};
  codec::Sealed<std::string> access_token;
  Timestamp access_expires_at;
  codec::Sealed<std::string> refresh_token;
};
BOOST_DESCRIBE_STRUCT(PaymentTokenRefreshed, (), (access_token, access_expires_at, refresh_token))

/// Journalled before the bank is called, so that no hand-over is ever made that nobody remembers.
struct PaymentSubmissionStarted {
  static constexpr engine::EventType kType{"payment.submission_started", 1};
  std::uint32_t attempt = 0;
  std::string idempotency_key;
};
BOOST_DESCRIBE_STRUCT(PaymentSubmissionStarted, (), (attempt, idempotency_key))

/// The bank did not take it: the same attempt goes again.
struct PaymentNotSent {
  static constexpr engine::EventType kType{"payment.not_sent", 1};
  std::uint32_t attempt = 0;
  Reason reason;
  bool answered = false;  ///< It had reached the bank.
};
BOOST_DESCRIBE_STRUCT(PaymentNotSent, (), (attempt, reason, answered))

struct PaymentOutcomeUnknown {
  static constexpr engine::EventType kType{"payment.outcome_unknown", 1};
  std::uint32_t attempt = 0;
  Reason reason;
  bool refused = false;  ///< The bank refused what was sent, and another copy may have been taken.
};
BOOST_DESCRIBE_STRUCT(PaymentOutcomeUnknown, (), (attempt, reason, refused))

/// The identical order goes to the bank again, for the answer of the one that its key stands for.
struct PaymentReplayStarted {
  static constexpr engine::EventType kType{"payment.replay_started", 1};
  std::uint32_t attempt = 0;
};
BOOST_DESCRIBE_STRUCT(PaymentReplayStarted, (), (attempt))

/// The bank refused it, which says nothing of what was sent before.
struct PaymentReplayRefused {
  static constexpr engine::EventType kType{"payment.replay_refused", 1};
  std::uint32_t attempt = 0;
  Reason reason;
};
BOOST_DESCRIBE_STRUCT(PaymentReplayRefused, (), (attempt, reason))

/// It is time to look for evidence. Read by the flow that does.
struct PaymentResolutionDue {
  static constexpr engine::EventType kType{"payment.resolution_due", 1};
  std::uint32_t attempt = 0;
  std::uint32_t number = 0;
};
BOOST_DESCRIBE_STRUCT(PaymentResolutionDue, (), (attempt, number))

/// No evidence settled it: a person must.
struct PaymentOperatorNeeded {
  static constexpr engine::EventType kType{"payment.operator_needed", 1};
  Reason reason;
};
BOOST_DESCRIBE_STRUCT(PaymentOperatorNeeded, (), (reason))

/// The bank has it. After an unknown outcome `evidence` says how that was found out.
struct PaymentSubmitted {
  static constexpr engine::EventType kType{"payment.submitted", 1};
  std::string bank_payment_id;
  std::string evidence;
};
BOOST_DESCRIBE_STRUCT(PaymentSubmitted, (), (bank_payment_id, evidence))

/// The bank said something new of it; the raw word is kept.
struct PaymentStatusReported {
  static constexpr engine::EventType kType{"payment.status_reported", 1};
  terms::PaymentStatus status = terms::PaymentStatus::Rcvd;
  std::string raw;
  Reason reason;
};
BOOST_DESCRIBE_STRUCT(PaymentStatusReported, (), (status, raw, reason))

/// It is time to ask for the status: by the clock, or because the bank told of the payment. Read by the flow that does.
struct PaymentStatusDue {
  static constexpr engine::EventType kType{"payment.status_due", 1};
  std::uint32_t number = 0;  ///< Of the queries by the clock, or of those by events.
  std::string bank_event;    ///< The bank's id of its event; empty by the clock.
};
BOOST_DESCRIBE_STRUCT(PaymentStatusDue, (), (number, bank_event))

struct PaymentExecuted {
  static constexpr engine::EventType kType{"payment.executed", 1};
  std::string evidence;
};
BOOST_DESCRIBE_STRUCT(PaymentExecuted, (), (evidence))

struct PaymentSettled {
  static constexpr engine::EventType kType{"payment.settled", 1};
  SettlementBasis basis = SettlementBasis::ExecutionIsFinal;
};
BOOST_DESCRIBE_STRUCT(PaymentSettled, (), (basis))

struct PaymentRejected {
  static constexpr engine::EventType kType{"payment.rejected", 1};
  Reason reason;
};
BOOST_DESCRIBE_STRUCT(PaymentRejected, (), (reason))

struct PaymentCancelled {
  static constexpr engine::EventType kType{"payment.cancelled", 1};
};
BOOST_DESCRIBE_STRUCT(PaymentCancelled, (), ())

struct PaymentExpired {
  static constexpr engine::EventType kType{"payment.expired", 1};
};
BOOST_DESCRIBE_STRUCT(PaymentExpired, (), ())

/// The payer's bank has told where a refund would go.
struct PaymentRefundPartyTold {
  static constexpr engine::EventType kType{"payment.refund_party_told", 1};
  codec::Sealed<RefundParty> party;
};
BOOST_DESCRIBE_STRUCT(PaymentRefundPartyTold, (), (party))

/// Of the payment that is paid back: part of it is spoken for. In the append that creates the refund.
struct PaymentRefundStarted {
  static constexpr engine::EventType kType{"payment.refund_started", 1};
  TypeId refund;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(PaymentRefundStarted, (), (refund, amount))

/// The refund was executed, or came to nothing. In the append that ends it.
struct PaymentRefundEnded {
  static constexpr engine::EventType kType{"payment.refund_ended", 1};
  TypeId refund;
  std::int64_t amount = 0;
  bool executed = false;
};
BOOST_DESCRIBE_STRUCT(PaymentRefundEnded, (), (refund, amount, executed))

void evolve(engine::Changes&, const PaymentCreated&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentConsentCreated&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentAuthorisationReceived&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentAuthorised&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentTokenRefreshed&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentSubmissionStarted&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentNotSent&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentOutcomeUnknown&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentReplayStarted&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentReplayRefused&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentResolutionDue&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentOperatorNeeded&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentSubmitted&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentStatusReported&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentStatusDue&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentExecuted&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentSettled&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentRejected&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentCancelled&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentExpired&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentRefundPartyTold&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentRefundStarted&, const engine::EventContext&);
void evolve(engine::Changes&, const PaymentRefundEnded&, const engine::EventContext&);

}  // namespace remit::payments
