#pragma once

#include <cstddef>

namespace remit::ledger {

/// Characters of an account's name.
inline constexpr std::size_t kNameBytesMax = 64;
/// Characters of a transfer's reference.
inline constexpr std::size_t kReferenceBytesMax = 140;
/// Transfers in one request.
inline constexpr std::size_t kTransfersMax = 1000;

}  // namespace remit::ledger
