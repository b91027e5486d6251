#include "kit/base/codec/binary_writer.h"

#include <algorithm>

namespace remit::codec {
namespace {

/// Room for most events, and cheap to zero.
constexpr std::size_t kFirstRoomBytes = 192;

}  // namespace

BinaryWriter::BinaryWriter(Bytes& out) : out_(&out), start_(out.size()) {
  out.resize(start_ + kFirstRoomBytes);
  cursor_ = out.data() + start_;
  end_ = out.data() + out.size();
}

void BinaryWriter::grow(std::size_t count) {
  const std::size_t used = static_cast<std::size_t>(cursor_ - out_->data());
  // Doubles this message rather than the whole buffer: zeroing must cost no more than writing does.
  out_->resize(used + std::max(count, used - start_) + kFirstRoomBytes);
  cursor_ = out_->data() + used;
  end_ = out_->data() + out_->size();
}

void BinaryWriter::widen_length(std::size_t mark, std::size_t length) {
  std::size_t extra = 0;
  for (std::size_t rest = length >> 7; rest != 0; rest >>= 7) ++extra;
  room(extra);
  std::byte* const body = out_->data() + mark + 1;
  std::memmove(body + extra, body, length);
  std::byte* const body_end = cursor_ + extra;
  cursor_ = out_->data() + mark;
  write_unsigned(length);
  cursor_ = body_end;
}

void BinaryWriter::finish() {
  out_->resize(static_cast<std::size_t>(cursor_ - out_->data()));
}

}  // namespace remit::codec
