#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"
#include "kit/base/type_id.h"

#include <cstdint>

namespace remit::codec {

/// Reads what BinaryWriter wrote, from bytes that may be anything. Every read returns false once one
/// has failed, and the first failure is kept; nothing is allocated before the bytes for it are seen
/// to be there. The view must outlive the reader.
class BinaryReader {
 public:
  static constexpr int kDepthMax = 64;

  explicit BinaryReader(ByteView bytes)
      : begin_(bytes.data()), cursor_(begin_), end_(begin_ + bytes.size()) {}

  bool read_unsigned(std::uint64_t& out) {
    if (cursor_ != end_ && static_cast<std::uint8_t>(*cursor_) < 0x80) [[likely]] {
      out = static_cast<std::uint8_t>(*cursor_++);
      return true;
    }
    return read_long_unsigned(out);
  }
  bool read_signed(std::int64_t& out) {
    std::uint64_t zigzag = 0;
    if (!read_unsigned(zigzag)) return false;
    out = static_cast<std::int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
    return true;
  }
  bool read_byte(std::uint8_t& out) {
    if (cursor_ == end_) return refuse("codec_truncated");
    out = static_cast<std::uint8_t>(*cursor_++);
    return true;
  }
  /// Exactly one of 0 and 1, so that equal values have equal bytes.
  bool read_bool(bool& out);
  /// A view of `count` bytes without a length in front.
  bool read_raw(std::size_t count, ByteView& out);
  /// A view of bytes with their length in front.
  bool read_sized(ByteView& out);
  /// The number of elements that follow, each of at least one byte.
  bool read_count(std::size_t& out);
  bool read_type_id(TypeId& out);

  /// Confines reads to the struct that begins here. `outer` takes what `leave_struct` wants back.
  bool enter_struct(const std::byte*& outer);
  /// Skips what a newer writer added.
  void leave_struct(const std::byte* outer) {
    cursor_ = end_;
    end_ = outer;
    --depth_;
  }
  /// Nothing is left of the present struct: its remaining fields were added after it was written.
  bool at_end() const { return cursor_ == end_; }

  /// Records why the bytes are refused; the first reason wins. Always false.
  bool refuse(const char* reason);
  bool refuse(Error cause);

  /// Corrupt, with the reason and the offset.
  Error error() const;

 private:
  bool read_long_unsigned(std::uint64_t& out);
  std::size_t left() const { return static_cast<std::size_t>(end_ - cursor_); }

  const std::byte* begin_;
  const std::byte* cursor_;
  const std::byte* end_;
  int depth_ = 0;
  const char* reason_ = nullptr;
  std::size_t failed_at_ = 0;
  std::shared_ptr<const Error> cause_;
};

}  // namespace remit::codec
