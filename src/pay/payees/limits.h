#pragma once

#include "kit/base/time.h"

namespace remit::payees {

/// For how long a payment may name a verification, unless the configuration says otherwise; and the longest that it may say.
inline constexpr Duration kUsableForDefault = std::chrono::hours(24);
inline constexpr Duration kUsableForMax = std::chrono::hours(24 * 400);

}  // namespace remit::payees
