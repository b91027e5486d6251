#pragma once

#include "lab/bank/schema.h"

#include <algorithm>
#include <array>

/// The shapes that both versions of the standard share.
namespace remit::lab::bank {

using Kind = Schema::Kind;
using Field = Schema::Field;

inline bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

inline constexpr std::string_view kDigits = "0123456789";
inline constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
inline constexpr std::string_view kUpperAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// ^\d{1,13}$|^\d{1,13}\.\d{1,5}$
inline bool is_amount(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (whole.empty() || whole.size() > 13 || !all_of(whole, kDigits)) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view fraction = text.substr(point + 1);
  return !fraction.empty() && fraction.size() <= 5 && all_of(fraction, kDigits);
}

inline bool is_letters(std::string_view text) {
  return all_of(text, kUpper);
}

/// ISO 17442; the OpenAPI document's own pattern refuses some that are valid.
inline bool is_lei(std::string_view text) {
  return text.size() == 20 && all_of(text.substr(0, 18), kUpperAndDigits) &&
         all_of(text.substr(18), kDigits);
}

inline bool is_code4(std::string_view text) {
  return all_of(text, kUpperAndDigits);
}

/// The value is one of the words of `list`, which stand between spaces.
template <const std::string_view& list>
inline bool one_of(std::string_view text) {
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == text) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

inline constexpr std::string_view kYesOrNo = "No Yes";
inline constexpr std::string_view kAuthorisations = "Any Single";
inline constexpr std::string_view kApproaches = "CA SCA";
inline constexpr std::string_view kExemptions =
    "BillPayment ContactlessTravel EcommerceGoods EcommerceServices Kiosk Parking PartyToParty";
inline constexpr std::string_view kBeneficiaryTypes =
    "Business BusinessSavingsAccount Charity Collection Corporate Ewallet Government Investment "
    "ISA JointPersonal Pension Personal PersonalSavingsAccount Premier Wealth";

template <std::size_t max, std::size_t min = 1>
inline constexpr Schema kText{.kind = Kind::Text, .size_min = min, .size_max = max};
template <const std::string_view& list>
inline constexpr Schema kOneOf{.kind = Kind::Text, .valid = one_of<list>};
inline constexpr Schema kDateTime{.kind = Kind::DateTime};
inline constexpr Schema kBoolean{.kind = Kind::Boolean};
inline constexpr Schema kInteger{.kind = Kind::Integer};
inline constexpr Schema kAnything{.kind = Kind::Object, .open = true};
inline constexpr Schema kCountry{.size_min = 2, .size_max = 2, .valid = is_letters};
inline constexpr Schema kLei{.size_min = 20, .size_max = 20, .valid = is_lei};
inline constexpr Schema kExternalCode{.size_min = 4, .size_max = 4, .valid = is_code4};
inline constexpr Schema kAmountText{.size_min = 1, .valid = is_amount};
inline constexpr Schema kCurrency{.size_min = 3, .size_max = 3, .valid = is_letters};

constexpr Schema list_of(const Schema& items, std::size_t max = 1000) {
  return {.kind = Kind::Array, .size_max = max, .items = &items};
}
constexpr Schema object_of(std::span<const Field> fields) {
  return {.kind = Kind::Object, .fields = fields};
}

inline constexpr std::array kAmountFields{Field{"Amount", &kAmountText, true},
                                          Field{"Currency", &kCurrency, true}};
inline constexpr Schema kAmount = object_of(kAmountFields);

inline constexpr std::array kAuthorisationFields{
    Field{"AuthorisationType", &kOneOf<kAuthorisations>, true},
    Field{"CompletionDateTime", &kDateTime}};
inline constexpr Schema kAuthorisation = object_of(kAuthorisationFields);
inline constexpr std::array kScaFields{Field{"RequestedSCAExemptionType", &kOneOf<kExemptions>},
                                       Field{"AppliedAuthenticationApproach", &kOneOf<kApproaches>},
                                       Field{"ReferencePaymentOrderId", &kText<40>}};
inline constexpr Schema kScaSupportData = object_of(kScaFields);

}  // namespace remit::lab::bank
