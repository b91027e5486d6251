#pragma once

#include "kit/base/bytes.h"
#include "kit/base/random.h"
#include "kit/base/time.h"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace remit {

/// A TypeID (typeid spec 0.3): a short prefix that names the kind, and a UUID; in text
/// `pay_01h455vb4pex5vsknk084sn02q`. Trivially copyable, 24 bytes; also names streams, since every
/// stream is an entity.
class TypeId {
 public:
  static constexpr std::size_t kPrefixMax = 8;
  using Uuid = std::array<std::uint8_t, 16>;

  /// The nil id without a prefix; `empty()` is true.
  constexpr TypeId() = default;
  TypeId(std::string_view prefix, const Uuid& uuid);

  /// A new id: UUIDv7 (RFC 9562 section 5.7) from the time in milliseconds and 74 random bits.
  static TypeId make(std::string_view prefix, Timestamp now, Random& random);
  /// An id that follows from another: the same parts always give the same id (UUIDv8: the first 48
  /// bits of the source, which are its time, then 74 bits of SHA-256). What belongs together is so
  /// near each other in every index. `label` tells apart several ids derived from one source.
  static TypeId derive(std::string_view prefix, const TypeId& source, std::string_view label);
  /// An id that follows from somebody's own words, such as a bank's state parameter: all SHA-256.
  static TypeId derive(std::string_view prefix, ByteView source, std::string_view label);
  /// Strict: lower case, 26 base32 characters, first at most '7', prefix of [a-z_] that neither
  /// begins nor ends with _.
  static std::optional<TypeId> parse(std::string_view text);

  bool empty() const { return *this == TypeId(); }
  std::string_view prefix() const;
  const Uuid& uuid() const { return uuid_; }
  std::string to_string() const;
  /// The moment inside a UUIDv7, to the millisecond.
  Timestamp time() const;

  auto operator<=>(const TypeId&) const = default;

  std::size_t hash() const {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::memcpy(&high, uuid_.data(), 8);
    std::memcpy(&low, uuid_.data() + 8, 8);
    return static_cast<std::size_t>((high ^ (low * 0x9E3779B97F4A7C15ULL)) * 0xD6E8FEB86659FD93ULL);
  }

 private:
  std::array<char, kPrefixMax> prefix_{};  ///< Padded with NUL.
  Uuid uuid_{};
};

/// The name of a stream: the id of its entity.
using StreamId = TypeId;
using ClientId = TypeId;

}  // namespace remit

template <>
struct std::hash<remit::TypeId> {
  std::size_t operator()(const remit::TypeId& id) const noexcept { return id.hash(); }
};
