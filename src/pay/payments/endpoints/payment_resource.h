#pragma once

#include "kit/base/codec/json_schema.h"
#include "kit/base/codec/sealed.h"
#include "pay/payments/payment.h"

#include <boost/describe.hpp>

#include <optional>
#include <string>

/// What the API says of payments: JSON, apart from what is journalled.
namespace remit::payments {

/// An account and its holder, by either the UK pair or an IBAN.
struct PartyResource {
  std::string name;
  std::optional<std::string> sort_code;       ///< 6 digits.
  std::optional<std::string> account_number;  ///< 8 digits.
  std::optional<std::string> iban;
};
BOOST_DESCRIBE_STRUCT(PartyResource, (), (name, sort_code, account_number, iban))

/// What the bank says of it: the ISO 20022 code and its own word.
struct BankStatusResource {
  std::string payment_id;
  std::optional<std::string> status;
  std::optional<std::string> raw_status;
};
BOOST_DESCRIBE_STRUCT(BankStatusResource, (), (payment_id, status, raw_status))

struct ReasonResource {
  std::string code;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(ReasonResource, (), (code, message))

/// The verification of the payee that a payment rests on.
struct PayeeVerificationUse {
  TypeId id;
  std::optional<bool> acknowledged;
};
BOOST_DESCRIBE_STRUCT(PayeeVerificationUse, (), (id, acknowledged))

struct PaymentResource {
  TypeId id;
  PaymentState status = PaymentState::Created;
  Money amount;
  std::optional<PartyResource> creditor;  ///< Left out once the client was erased.
  std::optional<PartyResource> debtor;
  std::string reference;
  std::optional<std::string> client_reference;
  std::string bank;  ///< By which of the configured banks it goes.
  std::string end_to_end_id;
  std::optional<std::string> authorisation_url;  ///< Where to send the payer while one is awaited.
  std::optional<BankStatusResource> bank_status;
  std::optional<ReasonResource> reason;
  bool needs_operator = false;
  Timestamp created_at;
  Timestamp updated_at;
  Timestamp expires_at;
  std::optional<Timestamp> executed_at;
  std::optional<Timestamp> settled_at;
  PaymentKind kind = PaymentKind::PayIn;
  std::optional<TypeId> refund_of;
  std::int64_t refunded_amount = 0;        ///< Minor units paid back so far.
  std::int64_t refund_pending_amount = 0;  ///< On their way back.
  std::optional<PayeeVerificationUse> payee_verification;
  std::optional<TypeId> payer_id;
};
BOOST_DESCRIBE_STRUCT(PaymentResource, (),
                      (id, status, amount, creditor, debtor, reference, client_reference, bank,
                       end_to_end_id, authorisation_url, bank_status, reason, needs_operator,
                       created_at, updated_at, expires_at, executed_at, settled_at, kind, refund_of,
                       refunded_amount, refund_pending_amount, payee_verification, payer_id))

/// What POST /v1/payments takes.
struct CreatePaymentRequest {
  Money amount;
  PartyResource creditor;
  std::optional<PartyResource> debtor;
  std::string reference;
  std::optional<std::string> client_reference;
  std::optional<std::string> bank;
  std::optional<Timestamp> expires_at;
  std::optional<PayeeVerificationUse> payee_verification;
  std::optional<TypeId> payer_id;
};
BOOST_DESCRIBE_STRUCT(CreatePaymentRequest, (),
                      (amount, creditor, debtor, reference, client_reference, bank, expires_at,
                       payee_verification, payer_id))

/// Shown by the documents.
CreatePaymentRequest example_request();
PaymentResource example_payment();

/// What POST /v1/payments/{id}/refunds takes.
struct CreateRefundRequest {
  std::optional<std::int64_t> amount;  ///< Minor units; all that is left when left out.
  std::optional<std::string> reference;
  std::optional<std::string> client_reference;
  std::optional<std::string> bank;  ///< Of the account that it is paid from.
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(CreateRefundRequest, (),
                      (amount, reference, client_reference, bank, expires_at))

/// Opens the sealed parties; whoever was erased is left out. Fails as api::open_unless_erased does.
Result<PaymentResource> to_resource(const Payment& payment, codec::Sealer& sealer);
/// The same where the parties are at hand; nullptr: erased.
PaymentResource to_resource(const Payment& payment, const Parties* parties);

/// The client's own word for a payment: at most kClientReferenceBytesMax bytes, without a NUL, which no URL could ask for.
Result<std::string> client_reference_of(std::string_view text);

/// The account in canonical form, or what is wrong with it; `field` names the party.
Result<terms::Account> account_of(const PartyResource& party, std::string_view field);

}  // namespace remit::payments

namespace remit::codec {

template <>
struct JsonNames<payments::PartyResource> {
  static constexpr std::string_view kTypeName = "Party";
};
template <>
struct JsonFields<payments::PartyResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "An account and its holder: by sort_code and account_number, or by iban."},
      {"name", "The holder. Required of a payee; 70 bytes at most."},
      {"sort_code", "6 digits."},
      {"account_number", "8 digits; put zeroes in front of a shorter number."},
      {"iban", "ISO 13616, without spaces."}};
  static constexpr JsonRule kRules[] = {
      {"name", R"("maxLength":70)"},
      {"sort_code", R"("pattern":"^[0-9]{6}$")"},
      {"account_number", R"("pattern":"^[0-9]{8}$")"},
      {"iban", R"("pattern":"^[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}$")"}};
};

template <>
struct JsonFields<payments::PayeeVerificationUse> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "The verification of the payee that a payment rests on."},
      {"id", "Of this account, and of this name or the account_name that it told."},
      {"acknowledged",
       "Whoever pays saw that it is no match and pays all the same; else only matched will do, or "
       "a close match (MBAM) whose account_name the payment takes."}};
};

template <>
struct JsonNames<payments::BankStatusResource> {
  static constexpr std::string_view kTypeName = "BankStatus";
};
template <>
struct JsonFields<payments::BankStatusResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "What the bank says of the payment."},
      {"payment_id", "The bank's own id of it; empty before it gave one."},
      {"status", "ISO 20022 external payment transaction status code, such as ACSC."},
      {"raw_status", "The bank's own word."}};
};

template <>
struct JsonNames<payments::ReasonResource> {
  static constexpr std::string_view kTypeName = "PaymentReason";
};
template <>
struct JsonFields<payments::ReasonResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "Why a payment ended as it did, or stands still."},
      {"code", "Stable, for programs."},
      {"message", "For people."}};
};

template <>
struct JsonFields<payments::PaymentState> {
  static constexpr JsonDescription kDescriptions[] = {
      {"",
       "created: accepted. awaiting_authorisation: the payer is to approve at the bank. "
       "authorisation_received, authorised, submitting: on the way to the bank. outcome_unknown: "
       "it "
       "may have been executed; evidence is looked for. submitted: the bank accepted it. executed: "
       "the payer's bank executed it. settled, rejected, cancelled, expired: final."}};
};

template <>
struct JsonNames<payments::PaymentResource> {
  static constexpr std::string_view kTypeName = "Payment";
};
template <>
struct JsonFields<payments::PaymentResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "One bank payment, from the request to settled money."},
      {"creditor", "Who is paid; absent once the payer was erased."},
      {"debtor", "Who pays, when the request said so."},
      {"reference", "On the payee's statement."},
      {"client_reference", "The client's own word for it."},
      {"bank", "By which of the configured banks it goes."},
      {"end_to_end_id", "By which it is known from bank to bank."},
      {"authorisation_url", "Where to send the payer while awaiting_authorisation."},
      {"needs_operator", "Evidence was looked for as long as it could help."},
      {"expires_at", "Until when the payer may approve it."},
      {"kind", "pay_in: from a payer. payout, refund: from the client, who approves it."},
      {"refund_of", "Of a refund: the payment that it pays back."},
      {"refunded_amount", "Pence of it that were paid back so far."},
      {"refund_pending_amount", "Pence of it that are on their way back."},
      {"payee_verification", "What the payee's bank had said of the payee, where it was asked."},
      {"payer_id",
       "The person at the other end; name it in the next payment with the same person, and erase "
       "it when that person asks to be forgotten."}};
};

template <>
struct JsonNames<payments::CreateRefundRequest> {
  static constexpr std::string_view kTypeName = "NewRefund";
};
template <>
struct JsonFields<payments::CreateRefundRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "Pays back a payment, or part of it, to the account that it came from."},
      {"amount", "In pence; all that is left when left out."},
      {"reference", "On the payer's statement; the payment's own when left out."},
      {"client_reference", "The client's own word for it, unique for ever; 128 bytes at most."},
      {"bank", "At which the client approves it; the first configured when left out."},
      {"expires_at", "Until when the client may approve it; 30 minutes when left out."}};
  static constexpr JsonRule kRules[] = {
      {"reference", R"re("minLength":1,"maxLength":18,"pattern":"^[A-Za-z0-9 /?:().,'+-]+$")re"},
      {"client_reference", R"re("maxLength":128,"pattern":"^[^\\u0000]*$")re"}};
};

template <>
struct JsonFields<payments::CreatePaymentRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"amount", "In pence: 1 to 100000000 (the limit of Faster Payments), in GBP."},
      {"creditor", "Who is paid."},
      {"debtor", "Who pays; the payer chooses at the bank when it is left out."},
      {"reference", "On the payee's statement."},
      {"client_reference", "The client's own word for it, unique for ever; 128 bytes at most."},
      {"bank", "By which of the configured banks it goes; the first when left out."},
      {"expires_at",
       "Until when the payer may approve it: in the future, 7 days ahead at most; 30 minutes when "
       "left out."},
      {"payee_verification", "A verification of the creditor; the server may require one."},
      {"payer_id",
       "The payer of an earlier payment with the same person; a new one when left out."}};
  static constexpr JsonRule kRules[] = {
      {"reference", R"re("minLength":1,"maxLength":18,"pattern":"^[A-Za-z0-9 /?:().,'+-]+$")re"},
      {"amount",
       R"("properties":{"amount":{"minimum":1,"maximum":100000000},"currency":{"const":"GBP"}})"},
      {"client_reference", R"re("maxLength":128,"pattern":"^[^\\u0000]*$")re"}};
};

}  // namespace remit::codec
