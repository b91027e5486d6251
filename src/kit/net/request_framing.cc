#include "kit/net/request_framing.h"

namespace remit::net {
namespace {

Problem bad(std::string detail) {
  return {400, "bad_request", std::move(detail), {}};
}

bool is_visible(char c) {
  return c > ' ' && c != '\x7f';
}

}  // namespace

std::optional<std::size_t> find_header_end(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  return end + 4;
}

std::optional<Problem> check_raw_header(std::string_view header) {
  bool first = true;
  while (!header.empty()) {
    const std::size_t end = header.find('\n');
    if (end == std::string_view::npos) return bad("The header does not end in an empty line.");
    if (end == 0 || header[end - 1] != '\r') return bad("End every header line with CR LF.");
    const std::string_view line = header.substr(0, end - 1);
    header.remove_prefix(end + 1);
    if (line.find_first_of(std::string_view("\0\r", 2)) != std::string_view::npos) {
      return bad("The header holds a NUL or a lone CR.");
    }
    if (!first && !line.empty()) {
      if (line.front() == ' ' || line.front() == '\t') {
        return bad("Header lines may not be folded (RFC 9112 section 5.2).");
      }
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos || colon == 0 || !is_visible(line[colon - 1])) {
        return bad(
            "A header line is a name, a colon and a value, without white space before the colon.");
      }
    }
    first = false;
  }
  return std::nullopt;
}

std::optional<Problem> check_framing(const Framing& framing) {
  if (framing.hosts > 1 || (framing.version >= 11 && framing.hosts != 1)) {
    return bad("Send exactly one Host header.");
  }
  if (framing.hosts == 1 && framing.host.find_first_of(" \t,/\\@") != std::string_view::npos) {
    return bad("The Host header is not a host.");
  }
  if (framing.content_lengths > 1) return bad("Send one Content-Length at most.");
  if (framing.content_lengths == 1 &&
      (framing.content_length.empty() ||
       framing.content_length.find_first_not_of("0123456789") != std::string_view::npos)) {
    return bad("Content-Length is one number of digits.");
  }
  if (framing.transfer_encodings == 0) return std::nullopt;
  if (framing.content_lengths != 0) {
    return bad("Send either Content-Length or Transfer-Encoding (RFC 9112 section 6.3).");
  }
  if (framing.transfer_encodings > 1 || framing.transfer_encoding != "chunked" ||
      framing.version < 11) {
    return bad("The only transfer encoding served is chunked, in HTTP/1.1.");
  }
  return std::nullopt;
}

}  // namespace remit::net
