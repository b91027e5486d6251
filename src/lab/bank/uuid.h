#pragma once

#include "kit/base/random.h"

#include <string>
#include <string_view>

namespace remit::lab::bank {

/// A UUID of version 4 (RFC 9562 section 5.4), in lower case.
std::string make_uuid(Entropy& entropy);
/// 8-4-4-4-12 hexadecimal digits of either case, of any version.
bool is_uuid(std::string_view text);

}  // namespace remit::lab::bank
