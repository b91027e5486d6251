#pragma once

#include "kit/base/currency.h"
#include "kit/base/result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace remit {

/// How a fraction of a minor unit becomes a whole one. There is no default: whoever divides says how.
enum class Rounding : std::uint8_t { HalfEven, HalfUp, Floor, Ceiling, TowardsZero };

/// An amount in the minor unit of its currency (pence, cents). Never floating point; overflow is an error.
struct Money {
  std::int64_t amount = 0;
  Currency currency;
  bool operator==(const Money&) const = default;
};

/// A fraction to multiply with. The denominator is above zero.
struct Ratio {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
};

/// The sum or difference. Fails with `amount_overflow`, or `currency_mismatch`.
Result<Money> add(const Money& left, const Money& right);
Result<Money> subtract(const Money& left, const Money& right);
/// `money` times `ratio` with a 128-bit product. Fails with `amount_overflow`.
Result<Money> multiply(const Money& money, Ratio ratio, Rounding rounding);

/// The sum or difference of minor units; fails with `amount_overflow`.
Result<std::int64_t> checked_add(std::int64_t left, std::int64_t right);
Result<std::int64_t> checked_subtract(std::int64_t left, std::int64_t right);

/// "12.50" for 1250 GBP, "1250" for JPY: as Open Banking's OBActiveCurrencyAndAmount has it. Negative amounts get a '-'.
std::string to_decimal(const Money& money);
/// Exact: fails with `amount_invalid` on anything but digits with at most one point, `amount_precision` where the currency
/// has fewer digits than were given (zeroes beyond them pass), `amount_overflow` beyond 64 bits. No sign, no exponent.
Result<Money> from_decimal(std::string_view text, Currency currency);
/// "12.50 GBP", for people.
std::string to_string(const Money& money);

}  // namespace remit
