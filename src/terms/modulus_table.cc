#include "terms/modulus_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace remit::terms {
namespace {

constexpr std::size_t kSortCodeDigits = 6;
constexpr std::size_t kRowsMax = 10'000;
constexpr std::size_t kFieldsWithoutException = 3 + kModulusDigits;
constexpr std::uint16_t kWeightMax = 999;
constexpr std::uint8_t kExceptionMax = 14;

using Fields = std::vector<std::string_view>;

Fields fields_of(std::string_view line) {
  Fields fields;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return fields;
    const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::optional<std::uint32_t> sort_code(std::string_view text) {
  return text.size() == kSortCodeDigits ? number(text, 999'999) : std::nullopt;
}

std::optional<ModulusMethod> method_of(std::string_view text) {
  if (text == "MOD10") return ModulusMethod::Mod10;
  if (text == "MOD11") return ModulusMethod::Mod11;
  if (text == "DBLAL") return ModulusMethod::DoubleAlternate;
  return std::nullopt;
}

std::optional<ModulusRule> rule_of(const Fields& fields) {
  if (fields.size() < kFieldsWithoutException || fields.size() > kFieldsWithoutException + 1) {
    return std::nullopt;
  }
  const auto first = sort_code(fields[0]);
  const auto last = sort_code(fields[1]);
  const auto method = method_of(fields[2]);
  if (!first || !last || *last < *first || !method) return std::nullopt;
  ModulusRule rule{.first = *first, .last = *last, .method = *method};
  for (std::size_t i = 0; i < kModulusDigits; ++i) {
    const auto weight = number(fields[3 + i], kWeightMax);
    if (!weight) return std::nullopt;
    rule.weights.at(i) = static_cast<std::uint16_t>(*weight);
  }
  if (fields.size() > kFieldsWithoutException) {
    const auto exception = number(fields.back(), kExceptionMax);
    if (!exception || *exception == 0) return std::nullopt;
    rule.exception = static_cast<std::uint8_t>(*exception);
  }
  return rule;
}

/// Each line that is not empty; `take` says whether it understood it.
template <class Take>
Result<void> for_each_line(std::string_view text, std::string_view file, Take take) {
  std::size_t line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Fields fields = fields_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (fields.empty()) continue;
    if (line_number > kRowsMax || !take(fields)) {
      return fail(
          ErrorCode::InvalidArgument, "modulus_table_invalid",
          fmt::format("Line {} of the {} is not one of such a table; load the file as Vocalink "
                      "publishes it.",
                      line_number, file));
    }
  }
  return {};
}

std::optional<ModulusDigits> digits_of(std::string_view sort_code,
                                       std::string_view account_number) {
  if (sort_code.size() != kSortCodeDigits ||
      account_number.size() != kModulusDigits - kSortCodeDigits) {
    return std::nullopt;
  }
  ModulusDigits digits{};
  std::size_t at = 0;
  for (const std::string_view part : {sort_code, account_number}) {
    for (const char c : part) {
      if (c < '0' || c > '9') return std::nullopt;
      digits.at(at++) = static_cast<std::uint8_t>(c - '0');
    }
  }
  return digits;
}

/// Pairs of rules of which one is enough.
bool either_is_enough(const ModulusRule& first, const ModulusRule& second) {
  return (first.exception == 2 && second.exception == 9) ||
         (first.exception == 10 && second.exception == 11) ||
         (first.exception == 12 && second.exception == 13);
}

bool needs_no_second(const ModulusRule& second, const ModulusDigits& digits) {
  constexpr std::size_t kDigitC = 8;
  return second.exception == 3 && (digits[kDigitC] == 6 || digits[kDigitC] == 9);
}

}  // namespace

Result<ModulusTable> ModulusTable::parse(std::string_view weights, std::string_view substitutions) {
  ModulusTable table;
  TRY(for_each_line(weights, "weights", [&table](const Fields& fields) {
    const std::optional<ModulusRule> rule = rule_of(fields);
    if (rule) table.rules_.push_back(*rule);
    return rule.has_value();
  }));
  TRY(for_each_line(substitutions, "substitutions", [&table](const Fields& fields) {
    if (fields.size() != 2) return false;
    const auto from = sort_code(fields[0]);
    const auto to = sort_code(fields[1]);
    if (!from || !to) return false;
    table.substitutions_.insert_or_assign(*from, *to);
    return true;
  }));
  return table;
}

ModulusVerdict ModulusTable::check(std::string_view sort_code,
                                   std::string_view account_number) const {
  const std::optional<ModulusDigits> digits = digits_of(sort_code, account_number);
  if (!digits) return ModulusVerdict::Invalid;
  const std::uint32_t code = *number(sort_code, 999'999);
  std::vector<const ModulusRule*> rules;
  for (const ModulusRule& rule : rules_) {
    if (rule.first <= code && code <= rule.last) rules.push_back(&rule);
  }
  if (rules.empty()) return ModulusVerdict::NotCheckable;
  const bool first = passes(*rules.front(), *digits, substitutions_);
  if (rules.size() == 1) return first ? ModulusVerdict::Valid : ModulusVerdict::Invalid;
  const ModulusRule& second = *rules.at(1);
  const bool one = either_is_enough(*rules.front(), second);
  if (first && (one || needs_no_second(second, *digits))) return ModulusVerdict::Valid;
  if (!first && !one) return ModulusVerdict::Invalid;
  return passes(second, *digits, substitutions_) ? ModulusVerdict::Valid : ModulusVerdict::Invalid;
}

ModulusVerdict ModulusTable::check_account(std::string_view identification) const {
  const std::size_t at = std::min(kSortCodeDigits, identification.size());
  return check(identification.substr(0, at), identification.substr(at));
}

Result<void> check_number(const ModulusTable& table, std::string_view account,
                          std::string_view field) {
  if (table.check_account(account) != ModulusVerdict::Invalid) return {};
  return fail(ErrorCode::InvalidArgument, "account_number_invalid",
              "No account of this sort code has this number; compare both with the original.",
              std::string(field));
}

}  // namespace remit::terms
