#include "kit/net/request_framing.h"

#include "kit/base/ascii.h"

#include <algorithm>

namespace remit::net {
namespace {

/// 2^63 has so many: no reader's numbers overflow.
constexpr std::size_t kLengthDigitsMax = 19;

Problem bad(std::string detail) {
  return {400, "bad_request", std::move(detail), {}};
}

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

/// White space within a line and bytes above ASCII are text (RFC 9110 section 5.5); other control characters are not.
bool is_control(char c) {
  return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f';
}

/// As CGI and what descends from it read names: '_' and '-' are one.
bool is_framing_in_disguise(std::string_view name) {
  if (name.find('_') == std::string_view::npos) return false;
  const auto like = [](char c) { return c == '_' ? '-' : to_lower_ascii(c); };
  constexpr std::string_view kFraming[] = {"content-length", "transfer-encoding", "host"};
  return std::ranges::any_of(kFraming, [&](std::string_view framing) {
    return std::ranges::equal(name, framing, {}, like);
  });
}

std::optional<Problem> check_field_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    return bad("Header lines may not be folded (RFC 9112 section 5.2).");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_visible(line[colon - 1])) {
    return bad(
        "A header line is a name, a colon and a value, without white space before the colon.");
  }
  if (is_framing_in_disguise(line.substr(0, colon))) {
    return bad("A header's name is written with '-' and not with '_'.");
  }
  return std::nullopt;
}

bool is_host(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-_:[]").contains(c);
  });
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
    if (std::ranges::any_of(line, is_control)) {
      return bad("The header holds a control character.");
    }
    if (!first && !line.empty()) {
      if (auto problem = check_field_line(line)) return problem;
    }
    first = false;
  }
  return std::nullopt;
}

std::optional<Problem> check_framing(const Framing& framing) {
  if (framing.hosts > 1 || (framing.version >= 11 && framing.hosts != 1)) {
    return bad("Send exactly one Host header.");
  }
  if (framing.hosts == 1 && !is_host(framing.host)) {
    return bad("The Host header is not a host.");
  }
  if (framing.content_lengths > 1) return bad("Send one Content-Length at most.");
  if (framing.content_lengths == 1 &&
      (framing.content_length.empty() || framing.content_length.size() > kLengthDigitsMax ||
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

std::optional<std::string_view> origin_of(std::string_view target, std::string_view host) {
  if (!std::ranges::all_of(target, is_visible) || target.contains('#')) return std::nullopt;
  if (target.starts_with('/')) return target;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos ||
      !(same_ignoring_case(target.substr(0, scheme), "http") ||
        same_ignoring_case(target.substr(0, scheme), "https"))) {
    return std::nullopt;
  }
  target.remove_prefix(scheme + 3);
  const std::size_t end = std::min(target.find_first_of("/?"), target.size());
  const std::string_view authority = target.substr(0, end);
  if (authority.empty() || !same_ignoring_case(authority, host)) return std::nullopt;
  const std::string_view origin = target.substr(end);
  if (origin.empty()) return std::string_view("/");
  return origin.starts_with('/') ? std::optional(origin) : std::nullopt;
}

}  // namespace remit::net
