#include "terms/modulus_table.h"

#include <algorithm>

/// One rule of modulus checking, with its exception. The names of the digits are the publication's: sort code u v w x y z,
/// account number a b c d e f g h.
namespace remit::terms {
namespace {

enum Digit : std::uint8_t { U, V, W, X, Y, Z, A, B, C, D, E, F, G, H };

using Weights = std::array<std::uint16_t, kModulusDigits>;

constexpr std::uint32_t kSortCodeOfException8 = 90126;
constexpr std::uint32_t kSortCodeOfException9 = 309634;
constexpr Weights kWeightsOfException2{0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1};
constexpr Weights kWeightsOfException2WithNine{0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1};

std::uint32_t sort_code_of(const ModulusDigits& digits) {
  std::uint32_t code = 0;
  for (std::size_t i = U; i <= Z; ++i) code = code * 10 + digits[i];
  return code;
}

void set_sort_code(ModulusDigits& digits, std::uint32_t code) {
  for (std::size_t i = Z + 1; i-- > U;) {
    digits[i] = static_cast<std::uint8_t>(code % 10);
    code /= 10;
  }
}

std::uint32_t sum(ModulusMethod method, const Weights& weights, const ModulusDigits& digits) {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < kModulusDigits; ++i) {
    std::uint32_t product = std::uint32_t{weights[i]} * digits[i];
    if (method == ModulusMethod::DoubleAlternate) {
      for (; product > 0; product /= 10) total += product % 10;
    } else {
      total += product;
    }
  }
  return total;
}

Weights weights_of(const ModulusRule& rule, const ModulusDigits& digits) {
  Weights weights = rule.weights;
  const bool a_and_b_are_09_or_99 = (digits[A] == 0 || digits[A] == 9) && digits[B] == 9;
  if (rule.exception == 2 && digits[A] != 0) {
    return digits[G] == 9 ? kWeightsOfException2WithNine : kWeightsOfException2;
  }
  if ((rule.exception == 7 && digits[G] == 9) ||
      (rule.exception == 10 && a_and_b_are_09_or_99 && digits[G] == 9)) {
    std::fill_n(weights.begin(), B + 1, std::uint16_t{0});
  }
  return weights;
}

/// Exception 5: the remainder gives the check digit itself.
bool is_check_digit(ModulusMethod method, std::uint32_t remainder, const ModulusDigits& digits) {
  if (method == ModulusMethod::DoubleAlternate) return digits[H] == (10 - remainder) % 10;
  if (remainder == 1) return false;
  return digits[G] == (remainder == 0 ? 0 : 11 - remainder);
}

bool passes_once(const ModulusRule& rule, const ModulusDigits& digits) {
  std::uint32_t total = sum(rule.method, weights_of(rule, digits), digits);
  if (rule.exception == 1) total += 27;
  const std::uint32_t remainder = total % (rule.method == ModulusMethod::Mod11 ? 11 : 10);
  if (rule.exception == 4) return remainder == digits[G] * 10U + digits[H];
  if (rule.exception == 5) return is_check_digit(rule.method, remainder, digits);
  return remainder == 0;
}

}  // namespace

bool passes(const ModulusRule& rule, ModulusDigits digits,
            const std::map<std::uint32_t, std::uint32_t>& substitutions) {
  if (rule.exception == 5) {
    const auto found = substitutions.find(sort_code_of(digits));
    if (found != substitutions.end()) set_sort_code(digits, found->second);
  }
  if (rule.exception == 8) set_sort_code(digits, kSortCodeOfException8);
  if (rule.exception == 9) set_sort_code(digits, kSortCodeOfException9);
  // Foreign currency accounts, which no rule can check.
  if (rule.exception == 6 && digits[A] >= 4 && digits[A] <= 8 && digits[G] == digits[H])
    return true;
  if (passes_once(rule, digits)) return true;
  const bool may_be_seven_digits = digits[H] == 0 || digits[H] == 1 || digits[H] == 9;
  if (rule.exception != 14 || !may_be_seven_digits) return false;
  std::shift_right(digits.begin() + A, digits.end(), 1);
  digits[A] = 0;
  return passes_once(rule, digits);
}

}  // namespace remit::terms
