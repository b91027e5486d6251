#include "kit/base/money.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <limits>

namespace remit {
namespace {

std::unexpected<Error> overflow() {
  return fail(ErrorCode::InvalidArgument, "amount_overflow",
              "The amount does not fit into 64 bits of minor units; use a smaller one.", "amount");
}

Result<void> same_currency(const Money& left, const Money& right) {
  if (left.currency == right.currency) return {};
  return fail(ErrorCode::InvalidArgument, "currency_mismatch",
              fmt::format("Amounts in {} and {} cannot be added; convert one first.",
                          left.currency.code(), right.currency.code()),
              "currency");
}

__int128 divide(__int128 numerator, __int128 denominator, Rounding rounding) {
  const __int128 quotient = numerator / denominator;  // Towards zero.
  const __int128 rest = numerator % denominator;
  if (rest == 0) return quotient;
  const bool negative = numerator < 0;
  const __int128 away = quotient + (negative ? -1 : 1);
  const __int128 twice = (negative ? -rest : rest) * 2;
  switch (rounding) {
    case Rounding::TowardsZero:
      return quotient;
    case Rounding::Floor:
      return negative ? away : quotient;
    case Rounding::Ceiling:
      return negative ? quotient : away;
    case Rounding::HalfUp:
      return twice >= denominator ? away : quotient;
    case Rounding::HalfEven:
      if (twice == denominator) return quotient % 2 == 0 ? quotient : away;
      return twice > denominator ? away : quotient;
  }
  CHECK(false, "no such rounding");
}

std::uint64_t power_of_ten(int exponent) {
  std::uint64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

}  // namespace

Result<std::int64_t> checked_add(std::int64_t left, std::int64_t right) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(left, right, &sum)) return overflow();
  return sum;
}

Result<std::int64_t> checked_subtract(std::int64_t left, std::int64_t right) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(left, right, &difference)) return overflow();
  return difference;
}

Result<Money> add(const Money& left, const Money& right) {
  if (Result<void> same = same_currency(left, right); !same) return std::unexpected(same.error());
  return Money{TRY(checked_add(left.amount, right.amount)), left.currency};
}

Result<Money> subtract(const Money& left, const Money& right) {
  if (Result<void> same = same_currency(left, right); !same) return std::unexpected(same.error());
  return Money{TRY(checked_subtract(left.amount, right.amount)), left.currency};
}

Result<Money> multiply(const Money& money, Ratio ratio, Rounding rounding) {
  CHECK(ratio.denominator > 0, "a ratio over {}", ratio.denominator);
  const __int128 product = static_cast<__int128>(money.amount) * ratio.numerator;
  const __int128 result = divide(product, ratio.denominator, rounding);
  if (result > std::numeric_limits<std::int64_t>::max() ||
      result < std::numeric_limits<std::int64_t>::min()) {
    return overflow();
  }
  return Money{static_cast<std::int64_t>(result), money.currency};
}

std::string to_decimal(const Money& money) {
  const int digits = money.currency.minor_digits();
  const bool negative = money.amount < 0;
  const std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(money.amount)
                                           : static_cast<std::uint64_t>(money.amount);
  const std::string_view sign = negative ? "-" : "";
  if (digits == 0) return fmt::format("{}{}", sign, magnitude);
  const std::uint64_t unit = power_of_ten(digits);
  return fmt::format("{}{}.{:0{}}", sign, magnitude / unit, magnitude % unit, digits);
}

Result<Money> from_decimal(std::string_view text, Currency currency) {
  const auto digits = static_cast<std::size_t>(currency.minor_digits());
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const auto is_number = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!is_number(whole) || (point != std::string_view::npos && !is_number(fraction))) {
    return fail(ErrorCode::InvalidArgument, "amount_invalid",
                "Write the amount as digits with at most one point, such as 12.50.", "amount");
  }
  __int128 amount = 0;
  for (std::size_t i = 0; i < whole.size() + std::max(digits, fraction.size()); ++i) {
    char digit = '0';
    if (i < whole.size()) {
      digit = whole[i];
    } else if (i - whole.size() < fraction.size()) {
      digit = fraction[i - whole.size()];
    }
    if (i >= whole.size() + digits) {
      if (digit == '0') continue;
      return fail(
          ErrorCode::InvalidArgument, "amount_precision",
          fmt::format("{} has {} decimal digits; the amount has more.", currency.code(), digits),
          "amount");
    }
    amount = amount * 10 + (digit - '0');
    if (amount > std::numeric_limits<std::int64_t>::max()) return overflow();
  }
  return Money{static_cast<std::int64_t>(amount), currency};
}

std::string to_string(const Money& money) {
  return fmt::format("{} {}", to_decimal(money), money.currency.code());
}

}  // namespace remit
