#include "kit/base/codec/binary_reader.h"

#include "kit/base/check.h"

#include <fmt/format.h>

namespace remit::codec {
namespace {

/// The prefixes that TypeId accepts, checked here because its constructor takes them for granted.
bool is_type_id_prefix(std::string_view prefix) {
  for (const char c : prefix) {
    if ((c < 'a' || c > 'z') && c != '_') return false;
  }
  return prefix.empty() || (prefix.front() != '_' && prefix.back() != '_');
}

}  // namespace

bool BinaryReader::read_long_unsigned(std::uint64_t& out) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (cursor_ == end_) return refuse("codec_truncated");
    const auto byte = static_cast<std::uint8_t>(*cursor_++);
    if (shift == 63 && byte > 1) return refuse("codec_number");
    number |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      if (byte == 0) return refuse("codec_number");
      out = number;
      return true;
    }
  }
  return refuse("codec_number");
}

bool BinaryReader::read_bool(bool& out) {
  std::uint8_t byte = 0;
  if (!read_byte(byte)) return false;
  if (byte > 1) return refuse("codec_flag");
  out = byte == 1;
  return true;
}

bool BinaryReader::read_raw(std::size_t count, ByteView& out) {
  if (count > left()) return refuse("codec_truncated");
  out = ByteView(cursor_, count);
  cursor_ += count;
  return true;
}

bool BinaryReader::read_sized(ByteView& out) {
  std::uint64_t count = 0;
  if (!read_unsigned(count)) return false;
  if (count > left()) return refuse("codec_truncated");
  return read_raw(static_cast<std::size_t>(count), out);
}

bool BinaryReader::read_count(std::size_t& out) {
  std::uint64_t count = 0;
  if (!read_unsigned(count)) return false;
  if (count > left()) return refuse("codec_truncated");
  out = static_cast<std::size_t>(count);
  return true;
}

bool BinaryReader::read_type_id(TypeId& out) {
  ByteView prefix;
  ByteView uuid_bytes;
  TypeId::Uuid uuid{};
  if (!read_sized(prefix)) return false;
  if (prefix.size() > TypeId::kPrefixMax || !is_type_id_prefix(as_text(prefix))) {
    return refuse("codec_type_id");
  }
  if (!read_raw(uuid.size(), uuid_bytes)) return false;
  std::memcpy(uuid.data(), uuid_bytes.data(), uuid.size());
  out = prefix.empty() && uuid == TypeId::Uuid{} ? TypeId() : TypeId(as_text(prefix), uuid);
  return true;
}

bool BinaryReader::enter_struct(const std::byte*& outer) {
  std::uint64_t length = 0;
  if (!read_unsigned(length)) return false;
  if (length > left()) return refuse("codec_truncated");
  if (++depth_ > kDepthMax) return refuse("codec_depth");
  outer = end_;
  end_ = cursor_ + length;
  return true;
}

bool BinaryReader::refuse(const char* reason) {
  if (reason_ == nullptr) {
    reason_ = reason;
    failed_at_ = static_cast<std::size_t>(cursor_ - begin_);
  }
  return false;
}

bool BinaryReader::refuse(Error cause) {
  if (reason_ == nullptr) cause_ = std::make_shared<const Error>(std::move(cause));
  return refuse("codec_value");
}

Error BinaryReader::error() const {
  CHECK(reason_ != nullptr);
  return Error{ErrorCode::Corrupt, reason_,
               fmt::format("Stored bytes are damaged, or of a format newer than this program: "
                           "refused at byte {}.",
                           failed_at_),
               "", cause_};
}

}  // namespace remit::codec
