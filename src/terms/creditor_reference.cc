#include "terms/creditor_reference.h"

#include "terms/check_digits.h"

namespace remit::terms {
namespace {

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorCode::InvalidArgument, "creditor_reference_invalid", std::move(message),
              "reference");
}

}  // namespace

Result<std::string> validate_creditor_reference(std::string_view text) {
  std::string reference;
  for (const char c : text) {
    if (c == ' ') continue;
    reference.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    if (reference.size() > kCreditorReferenceCharactersMax) {
      return invalid("A creditor reference has at most 25 characters.");
    }
  }
  if (!reference.starts_with("RF")) {
    return invalid("A creditor reference begins with RF and two check digits.");
  }
  if (!has_check_digits(reference)) {
    return invalid(
        "The check digits of the creditor reference are wrong; compare it with the invoice.");
  }
  return reference;
}

}  // namespace remit::terms
