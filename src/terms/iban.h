#pragma once

#include "kit/base/result.h"

#include <string>
#include <string_view>

namespace remit::terms {

/// An IBAN (ISO 13616) without spaces, in capitals, whose country is in the registry, whose BBAN has that country's format,
/// and whose check digits are right (ISO 7064 MOD 97-10). Fails with `iban_invalid` and says which of these is wrong.
Result<std::string> validate_iban(std::string_view text);

}  // namespace remit::terms
