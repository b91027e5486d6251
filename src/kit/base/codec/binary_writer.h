#pragma once

#include "kit/base/bytes.h"

#include <cstdint>
#include <cstring>

namespace remit::codec {

/// Appends to one buffer. Numbers are little-endian base 128 (LEB128), signed ones zigzag before
/// that; both in their shortest form, so that equal values have equal bytes. While it lives the
/// buffer is longer than what was written; `finish` cuts it.
class BinaryWriter {
 public:
  explicit BinaryWriter(Bytes& out);
  BinaryWriter(const BinaryWriter&) = delete;
  BinaryWriter& operator=(const BinaryWriter&) = delete;

  void write_unsigned(std::uint64_t number) {
    std::byte* at = room(10);
    while (number >= 0x80) {
      *at++ = static_cast<std::byte>(number | 0x80);
      number >>= 7;
    }
    *at++ = static_cast<std::byte>(number);
    cursor_ = at;
  }
  void write_signed(std::int64_t number) {
    write_unsigned((static_cast<std::uint64_t>(number) << 1) ^
                   static_cast<std::uint64_t>(number >> 63));
  }
  void write_byte(std::uint8_t byte) {
    std::byte* at = room(1);
    *at = std::byte{byte};
    cursor_ = at + 1;
  }
  /// Without a length.
  void write_raw(const void* bytes, std::size_t count) {
    std::byte* at = room(count);
    if (count > 0) std::memcpy(at, bytes, count);
    cursor_ = at + count;
  }
  /// With its length in front.
  void write_sized(const void* bytes, std::size_t count) {
    write_unsigned(count);
    write_raw(bytes, count);
  }

  /// Leaves one byte for the length of what follows, and returns where.
  std::size_t begin_struct() {
    const std::size_t mark = static_cast<std::size_t>(cursor_ - out_->data());
    write_byte(0);
    return mark;
  }
  void end_struct(std::size_t mark) {
    std::byte* const length_at = out_->data() + mark;
    const std::size_t length = static_cast<std::size_t>(cursor_ - length_at) - 1;
    if (length < 0x80) [[likely]] {
      *length_at = static_cast<std::byte>(length);
    } else {
      widen_length(mark, length);
    }
  }

  void finish();

 private:
  std::byte* room(std::size_t count) {
    if (static_cast<std::size_t>(end_ - cursor_) < count) [[unlikely]]
      grow(count);
    return cursor_;
  }
  void grow(std::size_t count);
  void widen_length(std::size_t mark, std::size_t length);

  Bytes* out_;
  std::size_t start_;
  std::byte* cursor_;
  std::byte* end_;
};

}  // namespace remit::codec
