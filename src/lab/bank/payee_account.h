#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace remit::lab::bank {

/// Why an account's holder is not told to be one, however the name compares (Confirmation of Payee rules).
enum class NameCheck : std::uint8_t {
  Answers,      ///< It is.
  OptedOut,     ///< OPTO
  Switched,     ///< CASS
  Unsupported,  ///< ACNS
};

/// An account that others pay to, and what the bank says of its name.
struct PayeeAccount {
  std::string identification;  ///< Sort code and account number, 14 digits.
  std::string name;
  bool business = false;
  std::string secondary_reference;  ///< Such as a roll number; empty: the account has none.
  NameCheck check = NameCheck::Answers;
};

/// "answers", "opted_out", "switched", "unsupported".
std::string_view name_check_text(NameCheck check);

/// One account for each thing that can be said of a payee, on the sort code 204514.
std::vector<PayeeAccount> sandbox_payees();

}  // namespace remit::lab::bank
