#include "pay/payees/endpoints/payee_verification_resource.h"

#include "pay/api/sealed_fields.h"

namespace remit::payees {
namespace {

constexpr std::size_t kSortCodeDigits = 6;

std::string message_of(const PayeeVerification& verification) {
  if (verification.reason) return std::string(terms::explain(*verification.reason));
  if (verification.result == terms::PayeeMatch::Matched) return "Name and type are the account's.";
  return "The name could not be verified now; try again, or pay only who is known otherwise.";
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

VerifyPayeeRequest example_request() {
  return {.name = "Fern & Sons",
          .sort_code = "204514",
          .account_number = "10000001",
          .account_type = terms::PayeeAccountType::Business};
}

PayeeVerificationResource example_verification() {
  const VerifyPayeeRequest asked = example_request();
  return {.id = *TypeId::parse("pvf_01h455vb4pex5vsknk084sn02q"),
          .result = terms::PayeeMatch::CloseMatch,
          .reason_code = "MBAM",
          .account_name = "Fern & Sons Ltd",
          .message = std::string(terms::explain(terms::PayeeReason::Mbam)),
          .account_type = asked.account_type,
          .payee = PayeeResource{.name = asked.name,
                                 .sort_code = asked.sort_code,
                                 .account_number = asked.account_number},
          .verified_at = *from_rfc3339("2026-08-20T09:30:00Z")};
}

Result<PayeeVerificationResource> to_resource(const PayeeVerification& verification,
                                              codec::Sealer& sealer) {
  PayeeVerificationResource resource{
      .id = verification.id,
      .result = verification.result,
      .unavailable_reason = unless_empty(verification.unavailable_reason),
      .message = message_of(verification),
      .account_type = verification.account_type,
      .verified_at = verification.verified_at};
  if (verification.reason) {
    resource.reason_code = std::string(terms::payee_reason_code(*verification.reason));
  }
  if (const auto payee = TRY(api::open_unless_erased(sealer, verification.payee))) {
    resource.payee = PayeeResource{.name = payee->name,
                                   .sort_code = payee->identification.substr(0, kSortCodeDigits),
                                   .account_number = payee->identification.substr(kSortCodeDigits),
                                   .secondary_reference = unless_empty(payee->secondary_reference)};
    resource.account_name = unless_empty(payee->account_name);
  }
  return resource;
}

}  // namespace remit::payees
