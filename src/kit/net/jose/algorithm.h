#pragma once

#include <cstdint>
#include <string_view>

namespace remit::jose {

/// The two algorithms that FAPI 1 Advanced (section 8.6) allows. Which one counts follows from the key, never from what a
/// header says (RFC 8725 section 3.1).
enum class Algorithm : std::uint8_t {
  Ps256,  ///< RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 7518 section 3.5).
  Es256,  ///< ECDSA on P-256 with SHA-256; 64 bytes, r then s (RFC 7518 section 3.4).
};

/// "PS256", "ES256".
std::string_view algorithm_name(Algorithm algorithm);

}  // namespace remit::jose
