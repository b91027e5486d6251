#include "terms/check_digits.h"

#include <algorithm>

namespace remit::terms {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

unsigned remainder_97(std::string_view text) {
  unsigned remainder = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[(i + 4) % text.size()];
    remainder = is_digit(c) ? remainder * 10 + static_cast<unsigned>(c - '0')
                            : remainder * 100 + static_cast<unsigned>(c - 'A' + 10);
    remainder %= 97;
  }
  return remainder;
}

}  // namespace

bool has_check_digits(std::string_view text) {
  if (text.size() < 5 || !is_capital(text[0]) || !is_capital(text[1]) || !is_digit(text[2]) ||
      !is_digit(text[3]) ||
      !std::ranges::all_of(text, [](char c) { return is_digit(c) || is_capital(c); })) {
    return false;
  }
  const std::string_view check = text.substr(2, 2);
  return check != "00" && check != "01" && check != "99" && remainder_97(text) == 1;
}

}  // namespace remit::terms
