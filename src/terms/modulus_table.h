#pragma once

#include "kit/base/result.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remit::terms {

/// What the check digits of a UK account number say.
enum class ModulusVerdict : std::uint8_t {
  Valid,
  Invalid,
  NotCheckable,  ///< No rule for the sort code: nothing is known against the number.
};

/// How the digits, multiplied by their weights, are added up.
enum class ModulusMethod : std::uint8_t {
  Mod10,
  Mod11,
  DoubleAlternate,  ///< The digits of each product, modulus 10.
};

/// Sort code and account number as one string of digits u v w x y z a b c d e f g h.
inline constexpr std::size_t kModulusDigits = 14;
using ModulusDigits = std::array<std::uint8_t, kModulusDigits>;

/// One rule: for the sort codes from first to last.
struct ModulusRule {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  ModulusMethod method = ModulusMethod::Mod10;
  std::array<std::uint16_t, kModulusDigits> weights{};
  std::uint8_t exception = 0;  ///< 1 to 14; 0: none.
};

/// The check of UK sort codes and account numbers that Pay.UK publishes ("Validating account numbers"), with its exceptions.
/// The tables are not ours to give: operators load the files that Vocalink publishes.
class ModulusTable {
 public:
  /// `weights`: lines of first, last, MOD10, MOD11 or DBLAL, 14 weights, and perhaps an exception. `substitutions`: lines of
  /// two sort codes; may be empty. Empty lines are passed over. Fails with InvalidArgument `modulus_table_invalid`, which
  /// names the line.
  static Result<ModulusTable> parse(std::string_view weights, std::string_view substitutions);

  /// Six and eight digits, as `validate` leaves them. Anything else is Invalid.
  ModulusVerdict check(std::string_view sort_code, std::string_view account_number) const;
  /// The same of an Account's identification: both together.
  ModulusVerdict check_account(std::string_view identification) const;
  std::size_t size() const { return rules_.size(); }

 private:
  std::vector<ModulusRule>
      rules_;  ///< In the order of the file: the second of a sort code may excuse the first.
  std::map<std::uint32_t, std::uint32_t> substitutions_;
};

/// Refuses an account, given as its identification, whose number cannot be one of its sort code: a typing error shows before any
/// bank is asked. Fails with InvalidArgument `account_number_invalid` at the field.
Result<void> check_number(const ModulusTable& table, std::string_view account,
                          std::string_view field);

/// Whether the digits pass one rule, by its method and exception; `substitutions` are those of exception 5.
bool passes(const ModulusRule& rule, ModulusDigits digits,
            const std::map<std::uint32_t, std::uint32_t>& substitutions);

}  // namespace remit::terms
