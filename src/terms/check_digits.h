#pragma once

#include <string_view>

namespace remit::terms {

/// ISO 7064 MOD 97-10 as IBANs and creditor references have it: two letters, two check digits, then digits and capitals, and
/// the whole, its first four characters moved to the end and letters taken as 10 to 35, is 1 modulo 97. Check digits are 02 to
/// 98: 00, 01 and 99 satisfy the sum for some numbers and are still wrong. False for anything of another form.
bool has_check_digits(std::string_view text);

}  // namespace remit::terms
