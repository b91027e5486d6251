#include "kit/service/trace.h"

#include "kit/base/bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace remit::service {
namespace {

constexpr std::size_t kVersion00Size = 55;

template <std::size_t N>
bool read_hex(std::string_view text, std::array<std::uint8_t, N>& out) {
  if (std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'F'; })) return false;
  const std::optional<Bytes> bytes = from_hex(text);
  if (!bytes || bytes->size() != N) return false;
  std::memcpy(out.data(), bytes->data(), N);
  return true;
}

template <std::size_t N>
bool is_zero(const std::array<std::uint8_t, N>& id) {
  return std::ranges::all_of(id, [](std::uint8_t byte) { return byte == 0; });
}

template <std::size_t N>
void fill(std::array<std::uint8_t, N>& id, Random& random) {
  do {
    for (std::uint8_t& byte : id) byte = static_cast<std::uint8_t>(random.below(256));
  } while (is_zero(id));
}

}  // namespace

std::optional<Trace> parse_traceparent(std::string_view header) {
  if (header.size() < kVersion00Size || header[2] != '-' || header[35] != '-' ||
      header[52] != '-') {
    return std::nullopt;
  }
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  Trace trace;
  if (!read_hex(header.substr(0, 2), version) || !read_hex(header.substr(3, 32), trace.trace_id) ||
      !read_hex(header.substr(36, 16), trace.span_id) || !read_hex(header.substr(53, 2), flags)) {
    return std::nullopt;
  }
  const bool longer_allowed = version[0] != 0;
  if (version[0] == 0xff || is_zero(trace.trace_id) || is_zero(trace.span_id)) return std::nullopt;
  if (header.size() > kVersion00Size && (!longer_allowed || header[kVersion00Size] != '-')) {
    return std::nullopt;
  }
  trace.flags = flags[0];
  return trace;
}

std::string to_traceparent(const Trace& trace) {
  return fmt::format("00-{}-{}-{:02x}", to_hex(std::as_bytes(std::span(trace.trace_id))),
                     to_hex(std::as_bytes(std::span(trace.span_id))), trace.flags);
}

Trace next_span(const std::optional<Trace>& parent, Random& random) {
  Trace trace;
  if (parent) {
    trace = *parent;
  } else {
    fill(trace.trace_id, random);
    trace.flags = 1;
  }
  fill(trace.span_id, random);
  return trace;
}

}  // namespace remit::service
