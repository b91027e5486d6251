#pragma once

#include "kit/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace remit::terms {

/// RF, two check digits and up to 21 characters.
inline constexpr std::size_t kCreditorReferenceCharactersMax = 25;

/// A structured creditor reference (ISO 11649), as invoices print it: spaces are dropped and letters become capitals. Fails
/// with `creditor_reference_invalid`.
Result<std::string> validate_creditor_reference(std::string_view text);

}  // namespace remit::terms
