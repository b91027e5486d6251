#include "rails/open_banking_uk/messages.h"

#include "kit/base/money.h"
#include "rails/open_banking_uk/json.h"
#include "terms/account.h"

#include <fmt/format.h>

namespace remit::rails::open_banking_uk {
namespace {

using jose::json_string;

std::string account_json(const terms::Account& account, const std::string& name) {
  const std::string_view scheme = account.scheme == terms::AccountScheme::Iban
                                      ? "UK.OBIE.IBAN"
                                      : "UK.OBIE.SortCodeAccountNumber";
  std::string json = fmt::format(R"({{"SchemeName":"{}","Identification":{})", scheme,
                                 json_string(account.identification));
  if (!name.empty()) json += R"(,"Name":)" + json_string(name);
  return json + "}";
}

/// v4.0 has lists where v3.1 has text.
std::string remittance_json(const std::string& reference, ApiVersion version) {
  const std::string text = json_string(reference);
  if (version == ApiVersion::V3) return fmt::format(R"({{"Reference":{}}})", text);
  return fmt::format(R"({{"Structured":[{{"CreditorReferenceInformation":{{"Reference":{}}}}}]}})",
                     text);
}

std::string initiation_json(const Instruction& instruction, ApiVersion version) {
  std::string json = fmt::format(
      R"({{"InstructionIdentification":{},"EndToEndIdentification":{},"LocalInstrument":"UK.OBIE.FPS",)"
      R"("InstructedAmount":{{"Amount":"{}","Currency":"{}"}},"CreditorAccount":{},)",
      json_string(instruction.instruction_id), json_string(instruction.end_to_end_id),
      to_decimal(instruction.amount), instruction.amount.currency.code(),
      account_json(instruction.creditor, instruction.creditor_name));
  if (instruction.debtor)
    json += R"("DebtorAccount":)" + account_json(*instruction.debtor, {}) + ",";
  return json + R"("RemittanceInformation":)" + remittance_json(instruction.reference, version) +
         "}";
}

std::string risk_json(const Options& options) {
  return fmt::format(R"({{"PaymentContextCode":{}}})", json_string(options.payment_context));
}

/// The first of a list of reasons, as {code, words}.
std::pair<std::string, std::string> first_reason(const codec::JsonDocument& body) {
  const codec::JsonNode* reasons = find(body, {"Data", "StatusReason"});
  if (reasons == nullptr || reasons->kind != codec::JsonKind::Array || reasons->count == 0)
    return {};
  const codec::JsonNode* reason = reasons->first();
  if (reason->kind != codec::JsonKind::Object) return {};
  const auto member = [reason](std::string_view name) {
    const codec::JsonNode* node = reason->find(name);
    return node != nullptr && node->kind == codec::JsonKind::String ? std::string(node->text)
                                                                    : std::string();
  };
  return {member("StatusReasonCode"),
          terms::without_account_numbers(member("StatusReasonDescription"))};
}

/// The first `count_max` characters of UTF-8 text.
std::string first_characters(std::string text, std::size_t count_max) {
  constexpr unsigned char kMarks = 0xc0;
  constexpr unsigned char kContinues = 0x80;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & kMarks) != kContinues;
    if (begins && count++ == count_max) text.resize(i);
  }
  return text;
}

std::optional<RefundAccount> refund_account(const codec::JsonDocument& body) {
  constexpr std::size_t kNameCharactersMax = 70;
  const std::string scheme = text(body, {"Data", "Refund", "Account", "SchemeName"});
  terms::Account account{.identification =
                             text(body, {"Data", "Refund", "Account", "Identification"})};
  if (scheme == "UK.OBIE.IBAN") {
    account.scheme = terms::AccountScheme::Iban;
  } else if (scheme != "UK.OBIE.SortCodeAccountNumber") {
    return std::nullopt;
  }
  Result<terms::Account> checked = terms::validate(std::move(account));
  if (!checked) return std::nullopt;
  return RefundAccount{
      *std::move(checked),
      first_characters(text(body, {"Data", "Refund", "Account", "Name"}), kNameCharactersMax)};
}

/// Some banks write "acsc", or "acceptedSettlementCompleted".
std::optional<terms::PaymentStatus> status_in_any_case(const std::string& raw) {
  if (const auto status = terms::parse_payment_status(raw)) return status;
  for (const char* word :
       {"Pending", "Rejected", "AcceptedSettlementInProcess", "AcceptedSettlementCompleted",
        "AcceptedWithoutPosting", "AcceptedCreditSettlementCompleted"}) {
    if (is_one_of(raw, {word})) return terms::parse_payment_status(word);
  }
  std::string upper = raw;
  for (char& letter : upper) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return terms::parse_payment_status(upper);
}

/// "12.50" and "12.50000" are "12.5".
std::string without_last_zeros(std::string amount) {
  if (amount.find('.') == std::string::npos) return amount;
  amount.resize(amount.find_last_not_of('0') + 1);
  if (amount.back() == '.') amount.pop_back();
  return amount;
}

/// "20-45-14 10000001" and "gb33 BUKB ..." as they are counted.
std::string letters_and_digits(std::string_view account) {
  std::string kept;
  for (const char character : account) {
    if (character >= 'a' && character <= 'z') kept += static_cast<char>(character - 'a' + 'A');
    if ((character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9')) {
      kept += character;
    }
  }
  return kept;
}

template <class F>
void for_each_error(const ApiAnswer& answer, F use) {
  if (!answer.body) return;
  const codec::JsonNode* errors = find(*answer.body, {"Errors"});
  if (errors == nullptr || errors->kind != codec::JsonKind::Array) return;
  const codec::JsonNode* error = errors->first();
  for (std::uint32_t i = 0; i < errors->count; ++i, error = error->next()) {
    if (error->kind != codec::JsonKind::Object) continue;
    const auto member = [error](std::string_view name) {
      const codec::JsonNode* node = error->find(name);
      return node != nullptr && node->kind == codec::JsonKind::String ? node->text
                                                                      : std::string_view();
    };
    use(member("ErrorCode"), member("Message"), member("Path"));
  }
}

}  // namespace

std::string consent_body(const Instruction& instruction, const Options& options) {
  return fmt::format(R"({{"Data":{{{}"Initiation":{}}},"Risk":{}}})",
                     options.reads_refund_account ? R"("ReadRefundAccount":"Yes",)" : "",
                     initiation_json(instruction, options.version), risk_json(options));
}

std::string order_body(const Submission& submission, const Options& options) {
  return fmt::format(R"({{"Data":{{"ConsentId":{},"Initiation":{}}},"Risk":{}}})",
                     json_string(submission.consent_id),
                     initiation_json(submission.instruction, options.version), risk_json(options));
}

Result<StatusReport> read_order(const codec::JsonDocument& body, const Quirks& quirks) {
  StatusReport report{.bank_payment_id = id_text(body, {"Data", "DomesticPaymentId"}),
                      .raw_status = text(body, {"Data", "Status"})};
  if (report.bank_payment_id.empty() || report.raw_status.empty()) {
    return fail(ErrorCode::OutcomeUnknown, "answer_unreadable",
                "The bank's answer has no DomesticPaymentId, or no Status.");
  }
  std::optional<terms::PaymentStatus> status = status_in_any_case(report.raw_status);
  if (!status && quirks.unknown_status_is_pending) status = terms::PaymentStatus::Pdng;
  if (!status) {
    return fail(ErrorCode::OutcomeUnknown, "status_unknown",
                fmt::format("The bank says '{}' of {}; if it always does, set "
                            "quirks.unknown_status_is_pending.",
                            report.raw_status, report.bank_payment_id));
  }
  report.status = *status;
  std::tie(report.reason_code, report.reason) = first_reason(body);
  report.refund_account = refund_account(body);
  return report;
}

bool agrees(const codec::JsonDocument& body, const Instruction& instruction) {
  const codec::JsonNode* payee = find(body, {"Data", "Initiation", "CreditorAccount"});
  if (payee != nullptr &&
      letters_and_digits(text(body, {"Data", "Initiation", "CreditorAccount", "Identification"})) !=
          letters_and_digits(instruction.creditor.identification)) {
    return false;
  }
  const codec::JsonNode* amount = find(body, {"Data", "Initiation", "InstructedAmount"});
  if (amount == nullptr) return true;
  return without_last_zeros(text(body, {"Data", "Initiation", "InstructedAmount", "Amount"})) ==
             without_last_zeros(to_decimal(instruction.amount)) &&
         text(body, {"Data", "Initiation", "InstructedAmount", "Currency"}) ==
             instruction.amount.currency.code();
}

std::string describe_errors(const ApiAnswer& answer) {
  std::string all = fmt::format("The bank answered {}", answer.status);
  for_each_error(answer,
                 [&](std::string_view code, std::string_view message, std::string_view path) {
                   all += fmt::format("; {} {}", code, message);
                   if (!path.empty()) all += fmt::format(" ({})", path);
                 });
  return terms::without_account_numbers(all) + ".";
}

bool has_any_error(const ApiAnswer& answer) {
  bool found = false;
  for_each_error(answer, [&](std::string_view code, std::string_view, std::string_view) {
    found = found || !code.empty();
  });
  return found;
}

bool has_error(const ApiAnswer& answer, std::string_view v4, std::string_view v3) {
  bool found = false;
  for_each_error(answer, [&](std::string_view code, std::string_view, std::string_view) {
    found = found || code == v4 || (code.starts_with("UK.OBIE.") && code.substr(8) == v3);
  });
  return found;
}

bool has_error_of_its_moment(const ApiAnswer& answer) {
  bool is_signature = false;
  for_each_error(answer, [&](std::string_view code, std::string_view, std::string_view) {
    const bool is_new = code.size() == 4 && code >= "U015" && code <= "U020";
    is_signature = is_signature || is_new || code.starts_with("UK.OBIE.Signature.");
  });
  return is_signature || has_error(answer, "U012", "Rules.AfterCutOffDateTime") ||
         has_error(answer, "U028", "Reauthenticate");
}

}  // namespace remit::rails::open_banking_uk
