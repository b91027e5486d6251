#include "lab/bank/standard_version.h"

#include <array>
#include <utility>

namespace remit::lab::bank {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

constexpr std::array kConsentWords{Word{"AWAU", "AwaitingAuthorisation"},
                                   Word{"AUTH", "Authorised"}, Word{"RJCT", "Rejected"},
                                   Word{"COND", "Consumed"}};
constexpr std::array kPaymentWords{
    Word{"RCVD", "Pending"}, Word{"ACSP", "AcceptedSettlementInProcess"},
    Word{"ACSC", "AcceptedSettlementCompleted"}, Word{"ACCC", "AcceptedCreditSettlementCompleted"},
    Word{"RJCT", "Rejected"}};
constexpr std::array kErrorWords{Word{"U001", "Field.Expected"},
                                 Word{"U002", "Field.Invalid"},
                                 Word{"U003", "Field.InvalidDate"},
                                 Word{"U004", "Field.Missing"},
                                 Word{"U005", "Field.Unexpected"},
                                 Word{"U006", "Header.Invalid"},
                                 Word{"U007", "Header.Missing"},
                                 Word{"U008", "Resource.ConsentMismatch"},
                                 Word{"U009", "Resource.InvalidConsentStatus"},
                                 Word{"U010", "Resource.InvalidFormat"},
                                 Word{"U011", "Resource.NotFound"},
                                 Word{"U012", "Rules.AfterCutOffDateTime"},
                                 Word{"U015", "Signature.Invalid"},
                                 Word{"U016", "Signature.InvalidClaim"},
                                 Word{"U017", "Signature.MissingClaim"},
                                 Word{"U018", "Signature.Malformed"},
                                 Word{"U019", "Signature.Missing"},
                                 Word{"U020", "Signature.Unexpected"},
                                 Word{"U021", "Unsupported.AccountIdentifier"},
                                 Word{"U023", "Unsupported.Currency"},
                                 Word{"U026", "Unsupported.LocalInstrument"},
                                 Word{"U027", "Unsupported.Scheme"},
                                 Word{"U028", "Reauthenticate"},
                                 Word{"U029", "Rules.ResourceAlreadyExists"}};

template <std::size_t size>
std::string_view word_of(const std::array<Word, size>& words, std::string_view code,
                         std::string_view otherwise) {
  for (const auto& [known, word] : words) {
    if (known == code) return word;
  }
  return otherwise;
}

}  // namespace

std::string_view path_prefix(StandardVersion version) {
  return version == StandardVersion::V3 ? "/open-banking/v3.1" : "/open-banking/v4.0";
}

std::string_view version_name(StandardVersion version) {
  return version == StandardVersion::V3 ? "3.1.11" : "4.0";
}

StandardVersion version_from_name(std::string_view name) {
  return name == version_name(StandardVersion::V3) ? StandardVersion::V3 : StandardVersion::V4;
}

std::string_view consent_status_in(StandardVersion version, std::string_view status) {
  return version == StandardVersion::V3 ? word_of(kConsentWords, status, status) : status;
}

std::string_view payment_status_in(StandardVersion version, std::string_view status) {
  return version == StandardVersion::V3 ? word_of(kPaymentWords, status, status) : status;
}

std::string error_code_in(StandardVersion version, std::string_view code) {
  if (version == StandardVersion::V4) return std::string(code);
  return "UK.OBIE." + std::string(word_of(kErrorWords, code, "UnexpectedError"));
}

json::object initiation_in_v4(json::object initiation) {
  const json::object* remittance = find_object(initiation, "RemittanceInformation");
  if (remittance == nullptr) return initiation;
  json::object changed;
  if (const auto reference = find_text(*remittance, "Reference")) {
    changed["Structured"] = json::array{
        json::object{{"CreditorReferenceInformation", json::object{{"Reference", *reference}}}}};
  }
  if (const auto text = find_text(*remittance, "Unstructured")) {
    changed["Unstructured"] = json::array{*text};
  }
  initiation["RemittanceInformation"] = std::move(changed);
  return initiation;
}

}  // namespace remit::lab::bank
