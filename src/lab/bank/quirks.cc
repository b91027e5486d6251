#include "lab/bank/quirks.h"

#include "lab/bank/gzip.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace remit::lab::bank {
namespace {

constexpr std::array<std::string_view, kQuirks> kNames{"missing_links",
                                                       "missing_meta",
                                                       "misspelt_risk",
                                                       "lower_case_status",
                                                       "unknown_status",
                                                       "short_amount",
                                                       "long_amount",
                                                       "dates_without_zone",
                                                       "space_behind_ids",
                                                       "extra_fields",
                                                       "consent_ahead",
                                                       "created_as_200",
                                                       "not_found_as_404",
                                                       "html_errors",
                                                       "empty_errors",
                                                       "no_interaction_id",
                                                       "unsigned_answers",
                                                       "raw_payload_signatures",
                                                       "signature_time_as_text",
                                                       "compressed_answers",
                                                       "retry_after_date",
                                                       "ignores_idempotency_key",
                                                       "expiry_as_text",
                                                       "audience_as_list",
                                                       "no_state_hash",
                                                       "no_intent_in_token_answer",
                                                       "intent_prefix",
                                                       "lower_case_token_type",
                                                       "no_expires_in",
                                                       "no_scope",
                                                       "unknown_keys",
                                                       "registration_tokens",
                                                       "renewed_registration_tokens",
                                                       "registration_as_jwt"};

void change_text(json::object& object, std::string_view name, auto change) {
  if (const auto text = find_text(object, name)) object[name] = change(std::string(*text));
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char character) {
    return static_cast<char>(std::tolower(character));
  });
  return text;
}

void change_amount(json::object& data, auto change) {
  json::value* initiation = data.if_contains("Initiation");
  if (initiation == nullptr) return;
  json::object& amount = initiation->as_object().at("InstructedAmount").as_object();
  change_text(amount, "Amount", change);
}

std::string with_five_decimals(std::string amount) {
  if (amount.find('.') == std::string::npos) amount += '.';
  amount.resize(amount.find('.') + 6, '0');
  return amount;
}

std::string without_last_zeros(std::string amount) {
  if (amount.find('.') == std::string::npos) return amount;
  amount.resize(amount.find_last_not_of('0') + 1);
  if (amount.back() == '.') amount.pop_back();
  return amount;
}

}  // namespace

std::string_view quirk_name(Quirk quirk) {
  return kNames[static_cast<std::size_t>(quirk)];
}

Result<void> Quirks::configure(const json::object& document) {
  const auto invalid = [] {
    return fail(ErrorCode::InvalidArgument, "quirks_invalid",
                fmt::format("Give a list of quirks: {}.", fmt::join(kNames, ", ")), "quirks");
  };
  const json::value* list = document.if_contains("quirks");
  if (list == nullptr || !list->is_array() || document.size() != 1) return invalid();
  std::bitset<kQuirks> on;
  for (const json::value& item : list->get_array()) {
    const auto found = item.is_string()
                           ? std::ranges::find(kNames, std::string_view(item.get_string()))
                           : kNames.end();
    if (found == kNames.end()) return invalid();
    on.set(static_cast<std::size_t>(found - kNames.begin()));
  }
  on_ = on;
  return {};
}

json::object Quirks::to_json() const {
  json::array names;
  for (std::size_t i = 0; i < kQuirks; ++i) {
    if (on_[i]) names.emplace_back(kNames[i]);
  }
  return {{"quirks", std::move(names)}};
}

void Quirks::bend(json::object& document) const {
  if (on_.none()) return;
  if (has(Quirk::MissingLinks)) document.erase("Links");
  if (has(Quirk::MissingMeta)) document.erase("Meta");
  json::value* risk = document.if_contains("Risk");
  if (has(Quirk::MisspeltRisk) && risk != nullptr) {
    risk->as_object()["ContractPresentInidicator"] = true;
  }
  json::object& data = document.at("Data").as_object();
  if (has(Quirk::ConsentAhead) && find_text(data, "Status") == "AUTH") data["Status"] = "COND";
  if (has(Quirk::UnknownStatus) && data.contains("DomesticPaymentId")) {
    data["Status"] = "AcceptedByTheBank";
  }
  if (has(Quirk::LowerCaseStatus)) change_text(data, "Status", lower_case);
  if (has(Quirk::ShortAmount)) change_amount(data, without_last_zeros);
  if (has(Quirk::LongAmount)) change_amount(data, with_five_decimals);
  if (has(Quirk::DatesWithoutZone)) {
    for (const std::string_view name : {"CreationDateTime", "StatusUpdateDateTime"}) {
      change_text(data, name, [](const std::string& text) { return text.substr(0, 19); });
    }
  }
  if (has(Quirk::SpaceBehindIds)) {
    for (const std::string_view name : {"ConsentId", "DomesticPaymentId"}) {
      change_text(data, name, [](const std::string& text) { return text + ' '; });
    }
  }
  if (has(Quirk::ExtraFields)) {
    data["BankReference"] = json::object{{"Branch", "Fern Lane"}, {"Desk", 4}};
    document["Version"] = "2025.7";
  }
}

void Quirks::bend(net::HttpResponse& response, Timestamp now) const {
  if (on_.none()) return;
  if (has(Quirk::CreatedAs200) && response.status == 201) response.status = 200;
  if (has(Quirk::NotFoundAs404) && response.body.contains("\"U011\"")) {
    response.status = 404;
    response.body.clear();
  }
  if (response.status >= 400 && has(Quirk::EmptyErrors)) response.body.clear();
  if (response.status >= 400 && has(Quirk::HtmlErrors)) {
    response.body = "<html><body><h1>Request blocked</h1></body></html>";
    response.headers.set("Content-Type", "text/html");
  }
  if (has(Quirk::RetryAfterDate) && response.headers.find("Retry-After")) {
    constexpr auto kPause = std::chrono::seconds(3);
    const auto at = std::chrono::time_point_cast<std::chrono::seconds>(now + kPause);
    response.headers.set(
        "Retry-After",
        fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                    fmt::gmtime(static_cast<std::time_t>(at.time_since_epoch().count()))));
  }
  if (has(Quirk::CompressedAnswers) && !response.body.empty()) {
    response.body = to_gzip(response.body);
    response.headers.set("Content-Encoding", "gzip");
  }
}

}  // namespace remit::lab::bank
