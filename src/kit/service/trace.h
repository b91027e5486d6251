#pragma once

#include "kit/base/random.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remit::service {

/// W3C Trace Context: which trace a request belongs to, and the span that caused it.
struct Trace {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  std::uint8_t flags = 0;  ///< Bit 0: sampled.
  bool operator==(const Trace&) const = default;
};

/// The `traceparent` header (Trace Context level 1, section 3.2). Nullopt for what is malformed, of version ff, or has an
/// all-zero id: the trace then begins anew, as the recommendation says.
std::optional<Trace> parse_traceparent(std::string_view header);
std::string to_traceparent(const Trace& trace);
/// A span of its own within the trace; a new, sampled trace when there is none.
Trace next_span(const std::optional<Trace>& parent, Random& random);

}  // namespace remit::service
