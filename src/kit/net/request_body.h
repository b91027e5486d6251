#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace remit::net {

/// Takes a request's body out of the bytes behind its header: by length or chunked (RFC 9112 sections 6 and 7.1), with exactly
/// one way to read them. A chunk is hexadecimal digits, CR LF, its bytes, CR LF: extensions and trailers are refused, since
/// no client of ours needs them and those in front of us read them differently. Nothing is held beside the body itself, so
/// that what a stranger sends forever is refused and not gathered. Plain code over bytes, so that a fuzzer can reach it.
class RequestBody {
 public:
  enum class Status : std::uint8_t { Incomplete, Complete, Malformed, TooLarge };

  static RequestBody of_length(std::uint64_t bytes, std::uint64_t bytes_max);
  static RequestBody chunked(std::uint64_t bytes_max);

  /// Takes what belongs to the body and returns how many bytes that were. Whatever comes behind is the next request's.
  std::size_t put(std::string_view bytes);
  Status status() const { return status_; }
  std::uint64_t size() const { return body_.size(); }
  /// The body, once it is complete.
  std::string take() { return std::move(body_); }

 private:
  enum class Expect : std::uint8_t { Size, SizeLf, Data, DataCr, DataLf, LastCr, LastLf };

  explicit RequestBody(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
  void put_framing(char c);
  void expect(char c, char wanted, Expect next);
  void put_digit(char c);
  void begin_chunk();

  std::uint64_t bytes_max_;
  std::uint64_t left_ = 0;  ///< Of the chunk, or of the body.
  std::string body_;
  Status status_ = Status::Incomplete;
  Expect expect_ = Expect::Data;
  bool chunked_ = false;
  unsigned digits_ = 0;  ///< Of the chunk's size.
};

}  // namespace remit::net
