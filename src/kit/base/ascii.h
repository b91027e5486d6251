#pragma once

#include <algorithm>
#include <string_view>

/// Letters as protocols mean them: those of ASCII, whatever the locale. Other bytes stay as they are.
namespace remit {

constexpr char to_lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether the texts differ in the case of their letters at most.
constexpr bool same_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, to_lower_ascii, to_lower_ascii);
}

}  // namespace remit
