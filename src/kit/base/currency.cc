#include "kit/base/currency.h"

#include "kit/base/check.h"

#include <algorithm>

namespace remit {
namespace {

/// ISO 4217 list one, without funds codes, metals and test codes; grouped by the digits of the minor unit.
constexpr std::string_view kNoDigits =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
constexpr std::string_view kThreeDigits = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view kTwoDigits =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN "
    "QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
    "TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG";

bool lists(std::string_view group, std::string_view letters) {
  for (std::size_t at = 0; at + 3 <= group.size(); at += 4) {
    if (group.substr(at, 3) == letters) return true;
  }
  return false;
}

std::optional<int> find_minor_digits(std::string_view letters) {
  if (lists(kTwoDigits, letters)) return 2;
  if (lists(kNoDigits, letters)) return 0;
  if (lists(kThreeDigits, letters)) return 3;
  return std::nullopt;
}

}  // namespace

std::optional<Currency> Currency::parse(std::string_view letters) {
  if (letters.size() != 3 || !find_minor_digits(letters)) return std::nullopt;
  Currency currency;
  std::ranges::copy(letters, currency.letters_.begin());
  return currency;
}

Currency Currency::of(std::string_view letters) {
  const std::optional<Currency> currency = parse(letters);
  CHECK(currency.has_value(), "{} is no currency", letters);
  return *currency;
}

int Currency::minor_digits() const {
  const std::optional<int> digits = find_minor_digits(code());
  CHECK(digits.has_value(), "no currency was set");
  return *digits;
}

}  // namespace remit
