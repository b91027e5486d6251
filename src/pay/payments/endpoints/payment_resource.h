#pragma once

#include "kit/base/codec/json.h"
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
};
BOOST_DESCRIBE_STRUCT(PaymentResource, (),
                      (id, status, amount, creditor, debtor, reference, client_reference, bank,
                       end_to_end_id, authorisation_url, bank_status, reason, needs_operator,
                       created_at, updated_at, expires_at, executed_at, settled_at))

/// What POST /v1/payments takes.
struct CreatePaymentRequest {
  Money amount;
  PartyResource creditor;
  std::optional<PartyResource> debtor;
  std::string reference;
  std::optional<std::string> client_reference;
  std::optional<std::string> bank;
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(CreatePaymentRequest, (),
                      (amount, creditor, debtor, reference, client_reference, bank, expires_at))

/// Opens the sealed parties; whoever was erased is left out.
PaymentResource to_resource(const Payment& payment, codec::Sealer& sealer);
/// The same where the parties are at hand; nullptr: erased.
PaymentResource to_resource(const Payment& payment, const Parties* parties);

/// The account in canonical form, or what is wrong with it; `field` names the party.
Result<terms::Account> account_of(const PartyResource& party, std::string_view field);

}  // namespace remit::payments
