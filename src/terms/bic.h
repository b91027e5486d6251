#pragma once

#include "kit/base/result.h"

#include <string>
#include <string_view>

namespace remit::terms {

/// A BIC (ISO 9362): four letters or digits of the party, two letters of the country, two of the location, and three of the
/// branch or none. Comes back in capitals. Fails with `bic_invalid`.
Result<std::string> validate_bic(std::string_view text);

}  // namespace remit::terms
