#pragma once

#include "kit/base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace remit::webhooks {

/// Endpoints that one client may have at once.
inline constexpr std::size_t kEndpointsMax = 32;
/// Event types or patterns that one endpoint may name.
inline constexpr std::size_t kEventTypesMax = 64;
inline constexpr std::size_t kUrlBytesMax = 2048;
inline constexpr std::size_t kDescriptionBytesMax = 256;
/// Secrets that sign at once: the newest, and those it has replaced and that receivers may still check against.
inline constexpr std::size_t kSigningKeysMax = 4;
/// How long a replaced secret goes on signing unless the client says otherwise, and at most.
inline constexpr Duration kRotationOverlapDefault = std::chrono::hours(24);
inline constexpr Duration kRotationOverlapMax = std::chrono::hours(24 * 7);
/// Events that one request may have sent again.
inline constexpr std::size_t kResendEventsMax = 1000;
/// Bytes of an endpoint's answer that are kept.
inline constexpr std::size_t kAnswerBytesMax = 1024;
/// The last attempts of a delivery that are kept with it.
inline constexpr std::size_t kAttemptsKept = 12;
/// Subjects of one endpoint whose deliveries may be waiting for another attempt at once; at the bound no other is begun.
inline constexpr std::size_t kSubjectsInTroubleMax = 500;
/// Failures of an endpoint in a row after which it counts as down: it is then asked at least this often.
inline constexpr std::uint32_t kFailuresUntilDown = 20;
inline constexpr Duration kDownDelayMax = std::chrono::minutes(5);

}  // namespace remit::webhooks
