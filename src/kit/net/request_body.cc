#include "kit/net/request_body.h"

#include <algorithm>

namespace remit::net {
namespace {

/// More than any size that is taken has; leading zeros count.
constexpr unsigned kSizeDigitsMax = 8;

/// Its value, or 16 when it is no hexadecimal digit.
unsigned digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return 16;
}

}  // namespace

RequestBody RequestBody::of_length(std::uint64_t bytes, std::uint64_t bytes_max) {
  RequestBody body(bytes_max);
  body.left_ = bytes;
  if (bytes == 0) body.status_ = Status::Complete;
  if (bytes > bytes_max) body.status_ = Status::TooLarge;
  return body;
}

RequestBody RequestBody::chunked(std::uint64_t bytes_max) {
  RequestBody body(bytes_max);
  body.chunked_ = true;
  body.expect_ = Expect::Size;
  return body;
}

std::size_t RequestBody::put(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && status_ == Status::Incomplete) {
    if (expect_ != Expect::Data) {
      put_framing(bytes[taken++]);
      continue;
    }
    const std::size_t part = std::min<std::uint64_t>(left_, bytes.size() - taken);
    body_.append(bytes.substr(taken, part));
    taken += part;
    left_ -= part;
    if (left_ > 0) break;
    expect_ = Expect::DataCr;
    if (!chunked_) status_ = Status::Complete;
  }
  return taken;
}

void RequestBody::put_framing(char c) {
  switch (expect_) {
    case Expect::Size:
      return put_digit(c);
    case Expect::SizeLf:
      if (c != '\n') break;
      return begin_chunk();
    case Expect::DataCr:
      return expect(c, '\r', Expect::DataLf);
    case Expect::DataLf:
      digits_ = 0;
      return expect(c, '\n', Expect::Size);
    case Expect::LastCr:
      return expect(c, '\r', Expect::LastLf);
    case Expect::LastLf:
      if (c != '\n') break;
      status_ = Status::Complete;
      return;
    case Expect::Data:
      break;
  }
  status_ = Status::Malformed;
}

void RequestBody::expect(char c, char wanted, Expect next) {
  if (c != wanted) status_ = Status::Malformed;
  expect_ = next;
}

void RequestBody::put_digit(char c) {
  if (c == '\r' && digits_ > 0) {
    expect_ = Expect::SizeLf;
    return;
  }
  const unsigned digit = digit_of(c);
  if (digit > 15 || digits_ == kSizeDigitsMax) {
    status_ = Status::Malformed;
    return;
  }
  left_ = left_ * 16 + digit;
  ++digits_;
}

void RequestBody::begin_chunk() {
  if (left_ > bytes_max_ - body_.size()) {
    status_ = Status::TooLarge;
    return;
  }
  expect_ = left_ == 0 ? Expect::LastCr : Expect::Data;
}

}  // namespace remit::net
