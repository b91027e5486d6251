#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/codec/values.h"
#include "kit/base/money.h"
#include "kit/engine/entity.h"
#include "terms/account.h"
#include "terms/payment_status.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remit::payments {

/// Where a payment is in its life. Values are stored: do not change or reuse them. payment_states.cc has the transitions.
enum class PaymentState : std::uint8_t {
  Created = 1,                ///< Accepted; the bank has not been asked for a consent yet.
  AwaitingAuthorisation = 2,  ///< The payer is to approve at the bank.
  AuthorisationReceived = 3,  ///< The payer came back with a code.
  Authorised = 4,             ///< The bank gave a token for this payment.
  Submitting = 5,             ///< Handed over, or about to be: the attempt is journalled.
  OutcomeUnknown = 6,         ///< It may have been executed. Only evidence leaves this state.
  Submitted = 7,              ///< The bank accepted it and has not said that it executed it.
  Executed = 8,               ///< The payer's bank has executed it (ACSC).
  Settled = 9,                ///< The payee has the money, or executed counts as the end. Final.
  Rejected = 10,              ///< Refused by payer or bank; never executed. Final.
  Cancelled = 11,             ///< Withdrawn by the client before it was submitted. Final.
  Expired = 12,               ///< Not authorised in time. Final.
};
BOOST_DESCRIBE_ENUM(PaymentState, Created, AwaitingAuthorisation, AuthorisationReceived, Authorised,
                    Submitting, OutcomeUnknown, Submitted, Executed, Settled, Rejected, Cancelled,
                    Expired)

/// No further event changes what the payment is.
bool is_final(PaymentState state);
/// The payment may go from one to the other.
bool may_become(PaymentState from, PaymentState to);

/// Which report of the bank ends a payment: UK banks often say no more than that they executed it.
enum class SettlementBasis : std::uint8_t {
  ExecutionIsFinal = 1,    ///< ACSC ends it: executed and settled are posted in one append.
  CreditConfirmation = 2,  ///< ACCC, or money seen on a statement, ends it.
};
BOOST_DESCRIBE_ENUM(SettlementBasis, ExecutionIsFinal, CreditConfirmation)

/// Which way the money goes. Values are stored: do not change or reuse them.
enum class PaymentKind : std::uint8_t {
  PayIn = 1,   ///< From a payer to the client.
  Payout = 2,  ///< From the client to whomever it names.
  Refund = 3,  ///< From the client back to the payer of a payment.
};
BOOST_DESCRIBE_ENUM(PaymentKind, PayIn, Payout, Refund)

/// Who pays whom: personal data, so sealed with the payer's key before it is journalled.
struct Parties {
  static constexpr std::string_view kSealedTag = "payment_parties";
  terms::Account creditor;
  std::string creditor_name;
  std::optional<terms::Account> debtor;
  bool operator==(const Parties&) const = default;
};
BOOST_DESCRIBE_STRUCT(Parties, (), (creditor, creditor_name, debtor))

/// Where the payer's bank says that refunds go. Sealed.
struct RefundParty {
  static constexpr std::string_view kSealedTag = "refund_party";
  terms::Account account;
  std::string name;  ///< Empty when the bank gives none.
};
BOOST_DESCRIBE_STRUCT(RefundParty, (), (account, name))

/// What of a payment was paid back, and what is on its way back, in minor units; together never more than was paid.
struct Refunds {
  std::int64_t refunded = 0;
  std::int64_t pending = 0;
};
BOOST_DESCRIBE_STRUCT(Refunds, (), (refunded, pending))

/// What the payer brought back from the bank. Sealed.
struct AuthorisationCode {
  static constexpr std::string_view kSealedTag = "authorisation_code";
  std::string code;
  std::string id_token;
};
BOOST_DESCRIBE_STRUCT(AuthorisationCode, (), (code, id_token))

/// The consent as the bank holds it.
struct Consent {
  std::string consent_id;
  std::string authorisation_url;
  std::string state;
  std::string nonce;
  Timestamp expires_at;
};
BOOST_DESCRIBE_STRUCT(Consent, (), (consent_id, authorisation_url, state, nonce, expires_at))

/// The hand-over under way or made last.
struct Attempt {
  std::uint32_t number = 0;       ///< From 1.
  std::string idempotency_key;    ///< At the bank; the same for as long as the attempt is the same.
  Timestamp started_at;           ///< Of the first hand-over under this key.
  bool under_way = false;         ///< Handed over, or about to be, and no answer recorded.
  std::uint32_t not_sent = 0;     ///< Hand-overs that were not taken.
  std::uint32_t resolutions = 0;  ///< How often evidence was looked for.
  Timestamp sent_before;          ///< No hand-over was made later than this.
  bool answered = false;  ///< One that was not taken had reached the bank: a copy of it may be.
  bool refused = false;   ///< The bank refused one, and another may have been taken.
};
BOOST_DESCRIBE_STRUCT(Attempt, (),
                      (number, idempotency_key, started_at, under_way, not_sent, resolutions,
                       sent_before, answered, refused))

/// Why a payment ended as it did, or stands still: stable word and sentence.
struct Reason {
  std::string code;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(Reason, (), (code, message))

/// One bank payment, from the request to settled money. A payout or refund is one too, in the other direction: the client
/// approves it at its own bank, and everything else is as with a payer's.
struct Payment {
  static constexpr std::string_view kPrefix = "pay";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  ClientId client;
  Money amount;
  codec::Sealed<Parties> parties;
  std::string reference;         ///< On the payee's statement; at most 18 characters.
  std::string client_reference;  ///< The client's own word for it, unique for ever; may be empty.
  std::string instruction_id;
  std::string end_to_end_id;
  std::string rail;
  SettlementBasis settles_on = SettlementBasis::ExecutionIsFinal;
  PaymentState state = PaymentState::Created;
  Consent consent;
  codec::Sealed<AuthorisationCode> authorisation_code;
  codec::Sealed<std::string> access_token;
  Timestamp access_expires_at;
  Attempt attempt;
  std::string bank_payment_id;
  std::optional<terms::PaymentStatus> bank_status;
  std::string bank_status_raw;
  Reason reason;
  bool needs_operator = false;  ///< Evidence was looked for as long as it could help.
  std::uint32_t polls = 0;
  Timestamp created_at;
  Timestamp expires_at;
  Timestamp executed_at;
  Timestamp settled_at;
  Timestamp updated_at;
  PaymentKind kind = PaymentKind::PayIn;
  TypeId refund_of;  ///< Of a refund: the payment that it pays back.
  codec::Sealed<RefundParty> refund_party;
  Refunds refunds;
  codec::Sealed<std::string> refresh_token;  ///< Empty where the bank gave none.
  std::uint32_t hints = 0;                   ///< Status queries because of the bank's events.
  TypeId payee_verification;                 ///< What the payee's bank had said; empty: not asked.
  bool payee_acknowledged = false;  ///< Whoever pays saw that it was no match, or might have.
  TypeId payer;  ///< The person at the other end; empty in journals of before there were payers.

  /// With whose key everything personal of it is sealed.
  const TypeId& sealing_owner() const;
  bool goes_out() const { return kind != PaymentKind::PayIn; }
};
BOOST_DESCRIBE_STRUCT(Payment, (),
                      (id, client, amount, parties, reference, client_reference, instruction_id,
                       end_to_end_id, rail, settles_on, state, consent, authorisation_code,
                       access_token, access_expires_at, attempt, bank_payment_id, bank_status,
                       bank_status_raw, reason, needs_operator, polls, created_at, expires_at,
                       executed_at, settled_at, updated_at, kind, refund_of, refund_party, refunds,
                       refresh_token, hints, payee_verification, payee_acknowledged, payer))

/// That a client's reference is taken, for ever, and by which payment.
struct ClientReference {
  static constexpr std::string_view kPrefix = "ref";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Snapshot;
  TypeId payment;
};
BOOST_DESCRIBE_STRUCT(ClientReference, (), (payment))
TypeId client_reference_id(const ClientId& client, std::string_view reference);

/// Finds the payment that a returning payer belongs to.
struct ConsentState {
  static constexpr std::string_view kPrefix = "sta";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Snapshot;
  TypeId payment;
};
BOOST_DESCRIBE_STRUCT(ConsentState, (), (payment))
TypeId consent_state_id(std::string_view state);

}  // namespace remit::payments
