#pragma once

#include "kit/engine/command.h"
#include "kit/engine/registry.h"
#include "pay/payees/payee_verification.h"
#include "pay/payments/events.h"
#include "pay/payments/payment.h"
#include "rails/rail.h"

#include <optional>
#include <string>

/// What can be asked of a payment, by clients, operators, flows and timers.
namespace remit::payments {

/// What flows and timers hear: nothing beyond that it is recorded.
struct Recorded {};
BOOST_DESCRIBE_STRUCT(Recorded, (), ())

/// POST /v1/payments. Everything in it was validated by the endpoint; the rules check what needs state.
struct CreatePayment {
  static constexpr std::string_view kName = "payment.create";
  using Answer = Payment;
  TypeId id;
  Money amount;
  codec::Sealed<Parties> parties;
  std::string reference;
  std::string client_reference;
  std::string rail;
  SettlementBasis settles_on = SettlementBasis::ExecutionIsFinal;
  Timestamp expires_at;
  PaymentKind kind = PaymentKind::PayIn;
  payees::PayeeCheck payee;
  TypeId payer;  ///< Whose key sealed the parties. Of a refund the rules take the payment's.
};
BOOST_DESCRIBE_STRUCT(CreatePayment, (),
                      (id, amount, parties, reference, client_reference, rail, settles_on,
                       expires_at, kind, payee, payer))

/// POST /v1/payments/{id}/refunds: pays back what is left of the payment, or part of it.
struct CreateRefund {
  static constexpr std::string_view kName = "payment.create_refund";
  using Answer = Payment;
  TypeId payment;                      ///< That is paid back.
  std::optional<std::int64_t> amount;  ///< Minor units; absent: all that is left.
  /// The refund as a payment: the amount, kind and reference that are left open are filled in.
  CreatePayment refund;
};
BOOST_DESCRIBE_STRUCT(CreateRefund, (), (payment, amount, refund))

struct CancelPayment {
  static constexpr std::string_view kName = "payment.cancel";
  using Answer = Payment;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(CancelPayment, (), (id))

/// Issued by the timer that a payment is created with.
struct ExpirePayment {
  static constexpr std::string_view kName = "payment.expire";
  using Answer = Recorded;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(ExpirePayment, (), (id))

/// The bank made a consent, or refused to (`refused`).
struct RecordConsent {
  static constexpr std::string_view kName = "payment.record_consent";
  using Answer = Recorded;
  TypeId id;
  Consent consent;
  std::optional<Reason> refused;
};
BOOST_DESCRIBE_STRUCT(RecordConsent, (), (id, consent, refused))

/// The payer came back: with a code, or with the bank's word that the payer refused.
struct AuthorisePayment {
  static constexpr std::string_view kName = "payment.authorise";
  using Answer = Payment;
  std::string state;  ///< The OAuth state; finds the payment.
  codec::Sealed<AuthorisationCode> code;
  std::optional<Reason> refused;
};
BOOST_DESCRIBE_STRUCT(AuthorisePayment, (), (state, code, refused))

/// The code was exchanged, or its checks failed (`refused`).
struct RecordAuthorisation {
  static constexpr std::string_view kName = "payment.record_authorisation";
  using Answer = Recorded;
  TypeId id;
  codec::Sealed<std::string> access_token;
  Timestamp access_expires_at;
  std::optional<Reason> refused;
  codec::Sealed<std::string> refresh_token;
};
BOOST_DESCRIBE_STRUCT(RecordAuthorisation, (),
                      (id, access_token, access_expires_at, refused, refresh_token))

/// The token was refreshed. Says nothing once the payment needs none any more.
struct RecordRefresh {
  static constexpr std::string_view kName = "payment.record_refresh";
  using Answer = Payment;
  TypeId id;
  codec::Sealed<std::string> access_token;
  Timestamp access_expires_at;
  codec::Sealed<std::string> refresh_token;
};
BOOST_DESCRIBE_STRUCT(RecordRefresh, (), (id, access_token, access_expires_at, refresh_token))

/// A hand-over is about to be made. Refused unless the payment is authorised, so that only one is.
struct StartSubmission {
  static constexpr std::string_view kName = "payment.start_submission";
  using Answer = Payment;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(StartSubmission, (), (id))

/// How a hand-over ended.
enum class SubmissionResult : std::uint8_t { Accepted = 1, Rejected = 2, NotSent = 3, Unknown = 4 };
BOOST_DESCRIBE_ENUM(SubmissionResult, Accepted, Rejected, NotSent, Unknown)

struct RecordSubmission {
  static constexpr std::string_view kName = "payment.record_submission";
  using Answer = Payment;
  TypeId id;
  std::uint32_t attempt = 0;
  SubmissionResult result = SubmissionResult::Unknown;
  std::string bank_payment_id;
  terms::PaymentStatus status = terms::PaymentStatus::Rcvd;
  std::string raw_status;
  Reason reason;
  std::string evidence;  ///< How it was found out, when it was not the answer itself.
  codec::Sealed<RefundParty> refund_party;
  Duration poll_interval{};  ///< To the first status query; kPollDelayMin when it is shorter.
  bool answered = false;     ///< NotSent: it had reached the bank.
  bool refused = false;      ///< Unknown: the bank refused this delivery.
};
BOOST_DESCRIBE_STRUCT(RecordSubmission, (),
                      (id, attempt, result, bank_payment_id, status, raw_status, reason, evidence,
                       refund_party, poll_interval, answered, refused))

/// Before the identical order is sent again; refused where its outcome is known by now.
struct StartReplay {
  static constexpr std::string_view kName = "payment.start_replay";
  using Answer = Payment;
  TypeId id;
  std::uint32_t attempt = 0;
};
BOOST_DESCRIBE_STRUCT(StartReplay, (), (id, attempt))

/// Issued by the timer of an unknown outcome.
struct AnnounceResolution {
  static constexpr std::string_view kName = "payment.announce_resolution";
  using Answer = Recorded;
  TypeId id;
  std::uint32_t attempt = 0;
};
BOOST_DESCRIBE_STRUCT(AnnounceResolution, (), (id, attempt))

/// An operator's word on an unknown outcome, with the evidence for it.
struct ResolvePayment {
  static constexpr std::string_view kName = "payment.resolve";
  using Answer = Payment;
  TypeId id;
  bool executed = false;
  std::string bank_payment_id;  ///< Needed when it was executed.
  std::string evidence;         ///< "statement line 4711 of 2026-11-20"; never empty.
};
BOOST_DESCRIBE_STRUCT(ResolvePayment, (), (id, executed, bank_payment_id, evidence))

/// Issued by the timer that asks for the status again.
struct AnnounceStatusQuery {
  static constexpr std::string_view kName = "payment.announce_status_query";
  using Answer = Recorded;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(AnnounceStatusQuery, (), (id))

/// What the bank said of it, by query, webhook or event; late, twice or out of order.
struct RecordStatus {
  static constexpr std::string_view kName = "payment.record_status";
  using Answer = Recorded;
  TypeId id;
  terms::PaymentStatus status = terms::PaymentStatus::Rcvd;
  std::string raw_status;
  Reason reason;
  codec::Sealed<RefundParty> refund_party;
  Duration poll_interval{};  ///< As of RecordSubmission.
};
BOOST_DESCRIBE_STRUCT(RecordStatus, (),
                      (id, status, raw_status, reason, refund_party, poll_interval))

/// The bank told that something about the payment has changed, and that was verified. A hint: the bank is asked what.
struct NoteBankEvent {
  static constexpr std::string_view kName = "payment.note_bank_event";
  using Answer = Recorded;
  TypeId id;
  std::string bank_event;  ///< Its id at the bank; never empty.
};
BOOST_DESCRIBE_STRUCT(NoteBankEvent, (), (id, bank_event))

Result<Payment> decide(engine::View& view, const CreatePayment& command);
Result<Payment> decide(engine::View& view, const CreateRefund& command);
Result<Payment> decide(engine::View& view, const CancelPayment& command);
Result<Recorded> decide(engine::View& view, const ExpirePayment& command);
Result<Recorded> decide(engine::View& view, const RecordConsent& command);
Result<Payment> decide(engine::View& view, const AuthorisePayment& command);
Result<Recorded> decide(engine::View& view, const RecordAuthorisation& command);
Result<Payment> decide(engine::View& view, const RecordRefresh& command);
Result<Payment> decide(engine::View& view, const StartSubmission& command);
Result<Payment> decide(engine::View& view, const RecordSubmission& command);
Result<Payment> decide(engine::View& view, const StartReplay& command);
Result<Recorded> decide(engine::View& view, const AnnounceResolution& command);
Result<Payment> decide(engine::View& view, const ResolvePayment& command);
/// The payment as it is, if it may be resolved so; fails as deciding it would.
Result<Payment> resolvable(engine::View& view, const ResolvePayment& command);
Result<Recorded> decide(engine::View& view, const AnnounceStatusQuery& command);
Result<Recorded> decide(engine::View& view, const RecordStatus& command);
Result<Recorded> decide(engine::View& view, const NoteBankEvent& command);
void touches(const CreatePayment& command, engine::Touches& touches);

/// Registers everything of this folder.
void register_kinds(engine::Registry& registry);

}  // namespace remit::payments
