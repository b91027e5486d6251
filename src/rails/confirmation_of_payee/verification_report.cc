#include "rails/confirmation_of_payee/verification_report.h"

#include "kit/base/codec/json.h"
#include "rails/open_banking_uk/json.h"

#include <fmt/format.h>

namespace remit::rails::confirmation_of_payee {
namespace {

using terms::PayeeAccountType;
using terms::PayeeMatch;
using terms::PayeeReason;

constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;
/// UTF-8 has at most four bytes a character.
constexpr std::size_t kNameBytesMax = 4 * kPayeeNameCharactersMax;

PayeeUnavailable unavailable(ErrorCode code, std::string reason, std::string message) {
  return {Error{code, std::move(reason), std::move(message), {}, nullptr}};
}

PayeeUnavailable contradictory(std::string message) {
  return unavailable(ErrorCode::PermissionDenied, "report_contradictory", std::move(message));
}

PayeeUnavailable unreadable() {
  return unavailable(ErrorCode::Unavailable, "report_unreadable",
                     "The responder's answer is no verification report.");
}

/// Everything but a report that may be read.
PayeeUnavailable failed(const open_banking_uk::ApiAnswer& answer) {
  // Its own words may repeat the name that was asked, which no log may hold.
  const std::string words = fmt::format("The responder answered {}.", answer.status);
  if (answer.status == kTooManyRequests)
    return unavailable(ErrorCode::Unavailable, "responder_busy", words);
  if (answer.status >= kServerError)
    return unavailable(ErrorCode::Unavailable, "responder_failed", words);
  return unavailable(ErrorCode::FailedPrecondition, "responder_refused", words);
}

/// An optional member that is a text where it is there; `null` counts as absent, as some write it.
struct Member {
  bool readable = true;
  std::string text;
};
Member member(const codec::JsonNode& report, std::string_view name) {
  const codec::JsonNode* node = report.find(name);
  if (node == nullptr || node->kind == codec::JsonKind::Null) return {};
  if (node->kind != codec::JsonKind::String) return {.readable = false, .text = {}};
  return {.readable = true, .text = std::string(node->text)};
}

PayeeVerdict read_match(const std::string& code, const std::string& name,
                        const PayeeQuestion& question) {
  if (!code.empty()) {
    return contradictory(fmt::format("The report says that it matched, and {}.", code));
  }
  if (!name.empty() && name != question.name) {
    return contradictory("The report says that it matched, and tells another name.");
  }
  return PayeeMatched{};
}

PayeeVerdict read_mismatch(const std::string& code, std::string name,
                           const PayeeQuestion& question) {
  if (code.empty()) return unreadable();
  const std::optional<PayeeReason> reason = terms::parse_payee_reason(code);
  if (!reason) {
    return unavailable(ErrorCode::Unavailable, "report_reason_unknown",
                       "The report's ReasonCode is none of the scheme.");
  }
  if (terms::contradicted_type(*reason).value_or(question.account_type) != question.account_type) {
    return contradictory(
        fmt::format("{} contradicts a type of account that was not asked for.", code));
  }
  const PayeeMatch match = terms::match_of(*reason);
  if (match == PayeeMatch::NoMatch) return PayeeNoMatch{*reason};
  if (match == PayeeMatch::CannotCheck) return PayeeCannotCheck{*reason};
  // Told where it is not owed, the account's name would be given away: it goes no further.
  if (!terms::tells_name(*reason)) return PayeeCloseMatch{*reason, {}};
  if (name.empty()) {
    return unavailable(ErrorCode::Unavailable, "report_name_missing",
                       fmt::format("{} comes without the account's name.", code));
  }
  if (name.size() > kNameBytesMax) {
    return unavailable(ErrorCode::Unavailable, "report_name_too_long",
                       fmt::format("The account's name has more than {} bytes.", kNameBytesMax));
  }
  return PayeeCloseMatch{*reason, std::move(name)};
}

}  // namespace

std::string request_body(const PayeeQuestion& question) {
  codec::JsonWriter writer;
  writer.begin_object();
  writer.write_key("Data");
  writer.begin_object();
  const auto add = [&](std::string_view name, std::string_view text) {
    writer.write_key(name);
    writer.write_string(text);
  };
  add("SchemeName", "SortCodeAccountNumber");
  add("AccountType", question.account_type == PayeeAccountType::Personal ? "Personal" : "Business");
  add("Identification", question.identification);
  add("Name", question.name);
  if (!question.secondary_reference.empty()) {
    add("SecondaryIdentification", question.secondary_reference);
  }
  writer.end_object();
  writer.end_object();
  return writer.take();
}

PayeeVerdict read_answer(const open_banking_uk::ApiAnswer& answer, const PayeeQuestion& question) {
  if (answer.distrust) return PayeeUnavailable{*answer.distrust};
  if (answer.status != kOk && answer.status != kCreated) return failed(answer);
  const codec::JsonNode* report =
      answer.body ? open_banking_uk::find(*answer.body, {"Data", "VerificationReport"}) : nullptr;
  if (report == nullptr || report->kind != codec::JsonKind::Object) return unreadable();
  const codec::JsonNode* matched = report->find("Matched");
  if (matched == nullptr || matched->kind != codec::JsonKind::Bool) return unreadable();
  const Member code = member(*report, "ReasonCode");
  Member name = member(*report, "Name");
  if (!code.readable || !name.readable) return unreadable();
  return matched->bits != 0 ? read_match(code.text, name.text, question)
                            : read_mismatch(code.text, std::move(name.text), question);
}

}  // namespace remit::rails::confirmation_of_payee
