#include "lab/bank/uuid.h"

#include <array>
#include <cctype>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kTextSize = 36;

bool is_hyphen_place(std::size_t index) {
  return index == 8 || index == 13 || index == 18 || index == 23;
}

}  // namespace

std::string make_uuid(Entropy& entropy) {
  std::array<std::byte, 16> bytes{};
  entropy.fill(bytes);
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  std::string text = to_hex(bytes);
  for (const std::size_t place : {8U, 13U, 18U, 23U}) text.insert(place, 1, '-');
  return text;
}

bool is_uuid(std::string_view text) {
  if (text.size() != kTextSize) return false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const bool fits = is_hyphen_place(index)
                          ? text[index] == '-'
                          : std::isxdigit(static_cast<unsigned char>(text[index])) != 0;
    if (!fits) return false;
  }
  return true;
}

}  // namespace remit::lab::bank
