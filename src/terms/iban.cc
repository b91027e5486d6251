#include "terms/iban.h"

#include "terms/check_digits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace remit::terms {
namespace {

/// The format of a country's BBAN: counts, each followed by n (digits), a (capitals) or c (either). From the IBAN registry
/// (ISO 13616), with the French overseas codes and Finland's Aland, which banks use.
struct CountryFormat {
  std::string_view country;
  std::string_view bban;
};

constexpr CountryFormat kFormats[] = {
    {"AD", "8n12c"},    {"AE", "3n16n"},    {"AL", "8n16c"},    {"AT", "16n"},
    {"AX", "14n"},      {"AZ", "4a20c"},    {"BA", "16n"},      {"BE", "12n"},
    {"BG", "4a6n8c"},   {"BH", "4a14c"},    {"BI", "23n"},      {"BR", "23n1a1c"},
    {"BY", "4a4n16c"},  {"CH", "5n12c"},    {"CR", "18n"},      {"CY", "8n16c"},
    {"CZ", "20n"},      {"DE", "18n"},      {"DJ", "23n"},      {"DK", "14n"},
    {"DO", "4a20n"},    {"EE", "16n"},      {"EG", "25n"},      {"ES", "20n"},
    {"FI", "14n"},      {"FK", "2a12n"},    {"FO", "14n"},      {"FR", "10n11c2n"},
    {"GB", "4a14n"},    {"GE", "2c16n"},    {"GF", "10n11c2n"}, {"GI", "4a15c"},
    {"GL", "14n"},      {"GP", "10n11c2n"}, {"GR", "7n16c"},    {"GT", "24c"},
    {"HN", "4a20n"},    {"HR", "17n"},      {"HU", "24n"},      {"IE", "4c14n"},
    {"IL", "19n"},      {"IQ", "4a15n"},    {"IS", "22n"},      {"IT", "1a10n12c"},
    {"JO", "4a4n18c"},  {"KW", "4a22c"},    {"KZ", "3n13c"},    {"LB", "4n20c"},
    {"LC", "4a24c"},    {"LI", "5n12c"},    {"LT", "16n"},      {"LU", "3n13c"},
    {"LV", "4a13c"},    {"LY", "21n"},      {"MC", "10n11c2n"}, {"MD", "2c18c"},
    {"ME", "18n"},      {"MF", "10n11c2n"}, {"MK", "3n10c2n"},  {"MN", "16n"},
    {"MQ", "10n11c2n"}, {"MR", "23n"},      {"MT", "4a5n18c"},  {"MU", "4a19n3a"},
    {"NC", "10n11c2n"}, {"NI", "4a20n"},    {"NL", "4a10n"},    {"NO", "11n"},
    {"OM", "3n16c"},    {"PF", "10n11c2n"}, {"PK", "4c16n"},    {"PL", "24n"},
    {"PM", "10n11c2n"}, {"PS", "4c21n"},    {"PT", "21n"},      {"QA", "4a21c"},
    {"RE", "10n11c2n"}, {"RO", "4a16c"},    {"RS", "18n"},      {"RU", "14n15c"},
    {"SA", "2n18c"},    {"SC", "4a20n3a"},  {"SD", "14n"},      {"SE", "20n"},
    {"SI", "15n"},      {"SK", "20n"},      {"SM", "1a10n12c"}, {"SO", "19n"},
    {"ST", "21n"},      {"SV", "4a20n"},    {"TF", "10n11c2n"}, {"TL", "19n"},
    {"TN", "20n"},      {"TR", "5n17c"},    {"UA", "6n19c"},    {"VA", "18n"},
    {"VG", "4c16n"},    {"WF", "10n11c2n"}, {"XK", "16n"},      {"YE", "4a4n18c"},
    {"YT", "10n11c2n"},
};

constexpr std::size_t kIbanCharactersMax = 34;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

bool fits(char c, char kind) {
  switch (kind) {
    case 'n':
      return is_digit(c);
    case 'a':
      return is_capital(c);
    default:
      return is_digit(c) || is_capital(c);
  }
}

bool has_format(std::string_view bban, std::string_view format) {
  std::size_t at = 0;
  std::size_t count = 0;
  for (const char sign : format) {
    if (is_digit(sign)) {
      count = count * 10 + static_cast<std::size_t>(sign - '0');
      continue;
    }
    for (; count > 0; --count, ++at) {
      if (at >= bban.size() || !fits(bban[at], sign)) return false;
    }
  }
  return at == bban.size();
}

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorCode::InvalidArgument, "iban_invalid", std::move(message), "iban");
}

}  // namespace

Result<std::string> validate_iban(std::string_view text) {
  std::string iban;
  for (const char c : text) {
    if (c == ' ') continue;
    iban.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    if (iban.size() > kIbanCharactersMax) return invalid("An IBAN has at most 34 characters.");
  }
  if (iban.size() < 5) return invalid("An IBAN begins with a country and two check digits.");
  const auto* const format =
      std::ranges::find(kFormats, iban.substr(0, 2), &CountryFormat::country);
  if (format == std::end(kFormats)) {
    return invalid("The IBAN does not begin with a country that uses IBANs.");
  }
  if (!is_digit(iban[2]) || !is_digit(iban[3]) ||
      !has_format(std::string_view(iban).substr(4), format->bban)) {
    return invalid(fmt::format("The IBAN does not have the format of {}.", format->country));
  }
  if (!has_check_digits(iban)) {
    return invalid("The check digits of the IBAN are wrong; compare it with the original.");
  }
  return iban;
}

}  // namespace remit::terms
