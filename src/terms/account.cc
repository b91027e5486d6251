#include "terms/account.h"

#include "terms/iban.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::terms {
namespace {

constexpr std::size_t kSortCodeDigits = 6;
constexpr std::size_t kAccountNumberDigits = 8;
constexpr std::size_t kShownCharacters = 4;

Result<std::string> validate_uk_pair(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == ' ' || c == '-') continue;
    if (c < '0' || c > '9' || digits.size() > kSortCodeDigits + kAccountNumberDigits) {
      digits.clear();
      break;
    }
    digits.push_back(c);
  }
  if (digits.size() != kSortCodeDigits + kAccountNumberDigits) {
    return fail(ErrorCode::InvalidArgument, "account_invalid",
                "A UK account is a sort code of 6 digits and an account number of 8; put zeroes in "
                "front of a shorter number.",
                "account_number");
  }
  return digits;
}

}  // namespace

Result<Account> validate(Account account) {
  account.identification = account.scheme == AccountScheme::Iban
                               ? TRY(validate_iban(account.identification))
                               : TRY(validate_uk_pair(account.identification));
  return account;
}

std::string masked(const Account& account) {
  const std::string& text = account.identification;
  if (text.size() <= kSortCodeDigits + kShownCharacters) return "****";
  const std::string end = text.substr(text.size() - kShownCharacters);
  if (account.scheme == AccountScheme::Iban)
    return fmt::format("{} **** {}", text.substr(0, 4), end);
  return fmt::format("{}-{}-{} ****{}", text.substr(0, 2), text.substr(2, 2), text.substr(4, 2),
                     end);
}

std::string without_account_numbers(std::string_view text) {
  constexpr std::size_t kDigitsTold = 5;
  std::string told;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find_first_of("0123456789"), text.size());
    told += text.substr(0, begin);
    text.remove_prefix(begin);
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    told += digits > kDigitsTold ? std::string_view("****") : text.substr(0, digits);
    text.remove_prefix(digits);
  }
  return told;
}

}  // namespace remit::terms
