#pragma once

#include "kit/base/result.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace remit::terms {

/// How an account is named. Values are stored: do not change or reuse them.
enum class AccountScheme : std::uint8_t {
  SortCodeAccountNumber = 1,  ///< UK: 6 digits of sort code and 8 of account number, 14 together.
  Iban = 2,                   ///< ISO 13616, without spaces, upper case.
};
BOOST_DESCRIBE_ENUM(AccountScheme, SortCodeAccountNumber, Iban)

/// A bank account as payments name it. `identification` is in canonical form once `validate` has passed.
struct Account {
  AccountScheme scheme = AccountScheme::SortCodeAccountNumber;
  std::string identification;
  bool operator==(const Account&) const = default;
};
BOOST_DESCRIBE_STRUCT(Account, (), (scheme, identification))

/// Puts the identification into canonical form (spaces and hyphens gone, upper case) and checks it: format of the UK pair,
/// mod 97 and the country's format of an IBAN (ISO 13616, ISO 7064). Fails with `account_invalid` or `iban_invalid`.
Result<Account> validate(Account account);

/// "20-00-00 ****5778", "GB29 **** 6819": for logs and tables.
std::string masked(const Account& account);

/// Somebody else's words with every number that could be an account's (6 digits or more) put out: banks quote accounts in
/// their errors, and what they say is kept and told.
std::string without_account_numbers(std::string_view text);

}  // namespace remit::terms
