#include "lab/bank/gzip.h"

#include <algorithm>
#include <cstdint>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kStoredBytesMax = 65'535;  // RFC 1951 section 3.2.4

void add_little_endian(std::string& out, std::uint32_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 0xffU);
}

std::uint32_t crc32(std::string_view text) {
  constexpr std::uint32_t kPolynomial = 0xedb88320U;
  std::uint32_t crc = ~0U;
  for (const char character : text) {
    crc ^= static_cast<unsigned char>(character);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
  }
  return ~crc;
}

}  // namespace

std::string to_gzip(std::string_view text) {
  // Magic, deflate, no flags, no time, no extra flags, any system.
  std::string out("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
  std::string_view rest = text;
  do {
    const std::string_view block = rest.substr(0, std::min(rest.size(), kStoredBytesMax));
    rest.remove_prefix(block.size());
    const auto size = static_cast<std::uint32_t>(block.size());
    out += rest.empty() ? '\x01' : '\x00';
    add_little_endian(out, size, 2);
    add_little_endian(out, ~size, 2);
    out += block;
  } while (!rest.empty());
  add_little_endian(out, crc32(text), 4);
  add_little_endian(out, static_cast<std::uint32_t>(text.size()), 4);
  return out;
}

}  // namespace remit::lab::bank
