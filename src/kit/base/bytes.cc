#include "kit/base/bytes.h"

#include <array>
#include <cstdint>

namespace remit {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

std::string encode_base64(ByteView bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const std::byte byte : bytes) {
    buffer = (buffer << 8U) | std::to_integer<std::uint32_t>(byte);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text.push_back(alphabet[(buffer >> static_cast<unsigned>(bits)) & 0x3FU]);
    }
  }
  if (bits > 0) text.push_back(alphabet[(buffer << static_cast<unsigned>(6 - bits)) & 0x3FU]);
  return text;
}

std::optional<Bytes> decode_base64(std::string_view text,
                                   const std::array<std::int8_t, 256>& table) {
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const std::int8_t value = table[static_cast<std::uint8_t>(c)];
    if (value < 0) return std::nullopt;
    buffer = (buffer << 6U) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::byte>((buffer >> static_cast<unsigned>(bits)) & 0xFFU));
    }
  }
  const std::uint32_t rest = buffer & ((1U << static_cast<unsigned>(bits)) - 1U);
  if (rest != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<std::uint8_t>(byte);
    text.push_back(kHexDigits[value >> 4U]);
    text.push_back(kHexDigits[value & 0xFU]);
  }
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return bytes;
}

std::string to_base64url(ByteView bytes) {
  return encode_base64(bytes, kBase64Url);
}

std::optional<Bytes> from_base64url(std::string_view text) {
  static constexpr auto kTable = reverse(kBase64Url);
  return decode_base64(text, kTable);
}

std::string to_base64(ByteView bytes) {
  std::string text = encode_base64(bytes, kBase64);
  while (text.size() % 4 != 0) text.push_back('=');
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  static constexpr auto kTable = reverse(kBase64);
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return decode_base64(text, kTable);
}

}  // namespace remit
