#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace remit {

/// An active currency of ISO 4217, by its three letters. The default is no currency.
class Currency {
 public:
  constexpr Currency() = default;
  /// Nullopt unless the letters are an active ISO 4217 code, in upper case.
  static std::optional<Currency> parse(std::string_view letters);
  /// For constants in code; anything but a known code is a bug.
  static Currency of(std::string_view letters);

  std::string_view code() const { return {letters_.data(), empty() ? 0 : letters_.size()}; }
  bool empty() const { return letters_[0] == '\0'; }
  /// How many decimal digits the minor unit has (ISO 4217 "minor unit"): 2 for GBP, 0 for JPY, 3 for KWD.
  int minor_digits() const;

  auto operator<=>(const Currency&) const = default;

 private:
  std::array<char, 3> letters_{};
};

}  // namespace remit
