#include "pay/webhooks/deliver.h"
#include "pay/webhooks/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

/// What an answer means, and when the next attempt is due.
namespace remit::webhooks {
namespace {

constexpr Duration kRetryAfterMax = std::chrono::hours(24);

/// Retry-After: seconds, or a moment (RFC 9110 sections 10.2.3 and 5.6.7, the fixed format only).
std::optional<Duration> retry_after(const net::HttpResponse& response, Timestamp now) {
  const auto text = response.headers.find("Retry-After");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size()) {
    std::tm moment{};
    const std::string terminated(*text);
    const char* rest = ::strptime(terminated.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &moment);
    if (rest == nullptr || *rest != '\0') return std::nullopt;
    const auto at = std::chrono::system_clock::from_time_t(::timegm(&moment));
    seconds =
        std::chrono::ceil<std::chrono::seconds>(at.time_since_epoch() - now.time_since_epoch())
            .count();
  }
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(kRetryAfterMax).count();
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, most));
}

/// Up to a tenth on top, different for each delivery and attempt, and the same whenever it is computed.
Duration jittered(Duration delay, const Delivery& delivery) {
  constexpr std::uint64_t kParts = 1000;
  const auto hash =
      sha256(as_bytes(fmt::format("{}/{}", delivery.id.to_string(), delivery.attempts)));
  std::uint64_t drawn = 0;
  std::memcpy(&drawn, hash.data(), sizeof drawn);
  return delay + delay / 10 * static_cast<std::int64_t>(drawn % kParts) / kParts;
}

}  // namespace

Verdict judge(const Result<net::HttpResponse>& answer, Timestamp now) {
  if (!answer) return {.error = answer.error().reason};
  Verdict verdict{.status_code = static_cast<std::uint32_t>(answer->status)};
  if (answer->status >= 200 && answer->status < 300) {
    verdict.delivered = true;
    return verdict;
  }
  verdict.gone = answer->status == 410;
  verdict.retry_after = retry_after(*answer, now);
  const bool redirect = answer->status >= 300 && answer->status < 400;
  verdict.error =
      verdict.gone ? "endpoint_gone" : (redirect ? "redirect_not_followed" : "status_not_2xx");
  return verdict;
}

std::optional<Timestamp> next_attempt(const DeliveryPolicy& policy, const Delivery& delivery,
                                      const Verdict& verdict, bool down, Timestamp now) {
  if (verdict.delivered || verdict.gone) return std::nullopt;
  const Timestamp first = delivery.round_attempts == 0 ? now : delivery.first_attempt_at;
  const Timestamp last = first + policy.retry_for;
  if (now >= last) return std::nullopt;
  const std::size_t step =
      std::min<std::size_t>(delivery.round_attempts, policy.retry_delays.size() - 1);
  Duration delay = jittered(policy.retry_delays[step], delivery);
  if (down) delay = std::min(delay, kDownDelayMax);
  delay = std::max(delay, verdict.retry_after.value_or(Duration{0}));
  return std::min(now + delay, last);
}

}  // namespace remit::webhooks
