#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remit {

/// Owned bytes that are not text. Text is std::string.
using Bytes = std::vector<std::byte>;
/// Bytes that somebody else owns.
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) {
  return {view.begin(), view.end()};
}
inline Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}

std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);

/// RFC 4648 section 5, without padding, as JOSE wants it (RFC 7515 section 2).
std::string to_base64url(ByteView bytes);
/// Refuses padding, white space and non-zero trailing bits.
std::optional<Bytes> from_base64url(std::string_view text);

/// RFC 4648 section 4, with padding.
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace remit
