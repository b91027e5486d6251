#include "terms/bic.h"

namespace remit::terms {

Result<std::string> validate_bic(std::string_view text) {
  constexpr std::size_t kShort = 8;
  constexpr std::size_t kWithBranch = 11;
  std::string bic;
  bool valid = text.size() == kShort || text.size() == kWithBranch;
  for (std::size_t i = 0; valid && i < text.size(); ++i) {
    const char c =
        text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    const bool letter = c >= 'A' && c <= 'Z';
    const bool digit = c >= '0' && c <= '9';
    const bool of_country = i == 4 || i == 5;
    valid = letter || (digit && !of_country);
    bic.push_back(c);
  }
  if (valid) return bic;
  return fail(ErrorCode::InvalidArgument, "bic_invalid",
              "A BIC has 8 or 11 letters and digits, such as BARCGB22 or DEUTDEFF500.", "bic");
}

}  // namespace remit::terms
