#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace remit {

/// A number with a meaning: positions, versions and epochs cannot be mixed up. No implicit
/// conversion either way.
template <class Tag>
struct StrongNumber {
  std::uint64_t value = 0;

  constexpr StrongNumber() = default;
  constexpr explicit StrongNumber(std::uint64_t number) : value(number) {}
  constexpr StrongNumber next() const { return StrongNumber(value + 1); }
  constexpr StrongNumber plus(std::uint64_t count) const { return StrongNumber(value + count); }
  auto operator<=>(const StrongNumber&) const = default;
};

}  // namespace remit

template <class Tag>
struct std::hash<remit::StrongNumber<Tag>> {
  std::size_t operator()(remit::StrongNumber<Tag> number) const noexcept {
    return std::hash<std::uint64_t>()(number.value);
  }
};
