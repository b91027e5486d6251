#pragma once

#include <cstddef>
#include <cstdint>

namespace remit::flow {

/// Keys in trouble (retrying, held) that one flow may have at once; at the bound it stops reading until some are cleared.
inline constexpr std::size_t kLanesMax = 10'000;
/// Records that may wait behind one key in trouble; at the bound the flow stops reading until the key is cleared.
inline constexpr std::size_t kWaitingRecordsMax = 10'000;
/// Records read from a source at once.
inline constexpr std::size_t kReadRecordsMax = 500;
/// Starts without progress after which the flow goes record by record to find the one that ends its process.
inline constexpr std::uint32_t kCrashesMax = 3;
/// Text of a cause kept with a retry or dead letter.
inline constexpr std::size_t kCauseBytesMax = 1024;

}  // namespace remit::flow
