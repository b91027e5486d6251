#pragma once

#include "kit/net/problem.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The part of reading a request that security rests on (RFC 9112 sections 2, 5, 6 and 11): where its header ends, and that
/// nobody before or behind us could read its bounds differently. Plain functions over bytes, so that a fuzzer can reach them.
namespace remit::net {

/// The size of the header with its empty line, once that has come.
std::optional<std::size_t> find_header_end(std::string_view bytes);

/// Looks at the raw header before any parser does: bare line feeds, folded lines, control characters, white space before a
/// colon, and names by which another reader may take the message's bounds (`Content_Length`).
std::optional<Problem> check_raw_header(std::string_view header);

/// What the header says of the message's bounds.
struct Framing {
  std::size_t hosts = 0;
  std::size_t content_lengths = 0;
  std::size_t transfer_encodings = 0;
  std::string_view content_length;
  std::string_view transfer_encoding;
  std::string_view host;
  unsigned version = 11;  ///< 10 or 11.
};
/// Refuses what can be read in two ways.
std::optional<Problem> check_framing(const Framing& framing);

/// The path and query of a request target in origin form or, for http and https, absolute form (RFC 9112 section 3.2);
/// nullopt when it is neither, or when its authority and the Host header name two servers.
std::optional<std::string_view> origin_of(std::string_view target, std::string_view host);

}  // namespace remit::net
