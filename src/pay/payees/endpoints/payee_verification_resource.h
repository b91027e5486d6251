#pragma once

#include "kit/base/codec/json_schema.h"
#include "pay/payees/payee_verification.h"

#include <boost/describe.hpp>

#include <optional>
#include <string>

/// What the API says of payee verifications: JSON, apart from what is journalled.
namespace remit::payees {

/// What POST /v1/payee_verifications takes.
struct VerifyPayeeRequest {
  std::string name;
  std::string sort_code;
  std::string account_number;
  terms::PayeeAccountType account_type = terms::PayeeAccountType::Personal;
  std::optional<std::string> secondary_reference;
};
BOOST_DESCRIBE_STRUCT(VerifyPayeeRequest, (),
                      (name, sort_code, account_number, account_type, secondary_reference))

/// The payee as it was asked about; left out once the client was erased.
struct PayeeResource {
  std::string name;
  std::string sort_code;
  std::string account_number;
  std::optional<std::string> secondary_reference;
};
BOOST_DESCRIBE_STRUCT(PayeeResource, (), (name, sort_code, account_number, secondary_reference))

struct PayeeVerificationResource {
  TypeId id;
  terms::PayeeMatch result = terms::PayeeMatch::Unavailable;
  std::optional<std::string> reason_code;
  std::optional<std::string> account_name;
  std::optional<std::string> unavailable_reason;
  std::string message;
  terms::PayeeAccountType account_type = terms::PayeeAccountType::Personal;
  std::optional<PayeeResource> payee;
  Timestamp verified_at;
};
BOOST_DESCRIBE_STRUCT(PayeeVerificationResource, (),
                      (id, result, reason_code, account_name, unavailable_reason, message,
                       account_type, payee, verified_at))

/// Shown by the documents.
VerifyPayeeRequest example_request();
PayeeVerificationResource example_verification();

/// Opens what is sealed; whoever was erased is left out. Fails as api::open_unless_erased does.
Result<PayeeVerificationResource> to_resource(const PayeeVerification& verification,
                                              codec::Sealer& sealer);

}  // namespace remit::payees

namespace remit::codec {

template <>
struct JsonFields<terms::PayeeAccountType> {
  static constexpr JsonDescription kDescriptions[] = {{"", "Whose account it is said to be."}};
};
template <>
struct JsonFields<terms::PayeeMatch> {
  static constexpr JsonDescription kDescriptions[] = {
      {"",
       "matched: name and type are the account's. close_match: another spelling, or the other "
       "type of account. no_match: another name, or no such account. cannot_check: the payee's "
       "bank does not answer for this account, which says nothing against it. unavailable: nobody "
       "answered, or what came is not to be believed."}};
};

template <>
struct JsonNames<payees::VerifyPayeeRequest> {
  static constexpr std::string_view kTypeName = "VerifyPayee";
};
template <>
struct JsonFields<payees::VerifyPayeeRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "A payee as the payer knows it."},
      {"name", "The whole name, without nicknames; 140 characters at most."},
      {"sort_code", "6 digits."},
      {"account_number", "8 digits; put zeroes in front of a shorter number."},
      {"secondary_reference",
       "A roll or card number, where the payee's account is found by it; 34 characters at most."}};
  static constexpr JsonRule kRules[] = {{"name", R"("minLength":1,"maxLength":140)"},
                                        {"sort_code", R"("pattern":"^[0-9]{6}$")"},
                                        {"account_number", R"("pattern":"^[0-9]{8}$")"},
                                        {"secondary_reference", R"("minLength":1,"maxLength":34)"}};
};

template <>
struct JsonNames<payees::PayeeResource> {
  static constexpr std::string_view kTypeName = "Payee";
};
template <>
struct JsonFields<payees::PayeeResource> {
  static constexpr JsonDescription kDescriptions[] = {{"", "The payee that was asked about."}};
};

template <>
struct JsonNames<payees::PayeeVerificationResource> {
  static constexpr std::string_view kTypeName = "PayeeVerification";
};
template <>
struct JsonFields<payees::PayeeVerificationResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "What the payee's bank said of a payee: it never changes."},
      {"reason_code",
       "The scheme's own code, such as MBAM; absent on a match and when nobody answered."},
      {"account_name", "The account's name, which the bank tells on some close matches."},
      {"unavailable_reason", "Of unavailable: why, for whoever runs the server."},
      {"message", "For people."},
      {"payee", "As it was asked about; absent once the client was erased."}};
};

}  // namespace remit::codec
