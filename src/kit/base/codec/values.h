#pragma once

#include "kit/base/codec/shape.h"
#include "kit/base/currency.h"
#include "kit/base/money.h"

#include <array>
#include <cstring>
#include <string>

/// How the values of kit/base that are not plain are encoded.
namespace remit {

BOOST_DESCRIBE_STRUCT(Money, (), (amount, currency))
BOOST_DESCRIBE_STRUCT(Ratio, (), (numerator, denominator))

}  // namespace remit

namespace remit::codec {

template <class T>
struct JsonCustom;

/// Three bytes: the letters, or zeroes for no currency.
template <>
struct Custom<Currency> {
  using Letters = std::array<std::byte, 3>;
  static Letters to(const Currency& currency) {
    Letters letters{};
    std::memcpy(letters.data(), currency.code().data(), currency.code().size());
    return letters;
  }
  static Result<Currency> from(const Letters& letters) {
    if (letters == Letters{}) return Currency();
    const auto currency = Currency::parse(as_text(letters));
    if (!currency) {
      return fail(ErrorCode::Corrupt, "currency_unknown", "Not a currency of ISO 4217.");
    }
    return *currency;
  }
};

template <>
struct JsonCustom<Currency> {
  static constexpr std::string_view kSchema =
      R"({"type":"string","pattern":"^[A-Z]{3}$","description":"ISO 4217 code."})";
  static std::string to(const Currency& currency) { return std::string(currency.code()); }
  static Result<Currency> from(const std::string& letters) {
    const auto currency = Currency::parse(letters);
    if (!currency) {
      return fail(ErrorCode::InvalidArgument, "currency_unknown",
                  "Send an ISO 4217 code in capitals, such as GBP.");
    }
    return *currency;
  }
};

}  // namespace remit::codec
