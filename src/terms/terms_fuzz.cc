#include "kit/base/check.h"
#include "terms/bic.h"
#include "terms/creditor_reference.h"
#include "terms/iban.h"
#include "terms/modulus_table.h"
#include "terms/reference.h"

/// What people type: valid or refused, and what is valid stays as it is when it is asked again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remit::terms;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto settles = [](auto validate, std::string_view said) {
    const auto once = validate(said);
    if (!once) return;
    const auto twice = validate(*once);
    CHECK(twice && *twice == *once, "{}", *once);
  };
  settles([](std::string_view said) { return validate_iban(said); }, text);
  settles([](std::string_view said) { return validate_reference(said); }, text);
  settles([](std::string_view said) { return validate_creditor_reference(said); }, text);
  const std::size_t half = text.find('\0');
  if (half != std::string_view::npos) {
    (void)ModulusTable::parse(text.substr(0, half), text.substr(half + 1));
  }
  return 0;
}
