#pragma once

#include "kit/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace remit::terms {

/// Characters of a reference that Faster Payments carries to the payee's statement.
inline constexpr std::size_t kReferenceCharactersMax = 18;

/// The reference of a Faster Payment: 1 to 18 characters that every bank passes on: letters, digits, space and
/// / - ? : ( ) . , ' + . Not only spaces. Fails with `reference_invalid`.
Result<std::string> validate_reference(std::string_view text);

}  // namespace remit::terms
