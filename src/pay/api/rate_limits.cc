#include "pay/api/rate_limits.h"

#include "kit/net/problem.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::api {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr auto kSweepAtMostEvery = seconds(1);

/// Between two tokens.
nanoseconds interval_of(const RateLimit& limit) {
  return nanoseconds(seconds(1)) / limit.per_second_max;
}
/// From empty to full.
nanoseconds depth_of(const RateLimit& limit) {
  return interval_of(limit) * std::max(limit.burst_max, 1U);
}

std::uint32_t seconds_up(nanoseconds time) {
  const auto whole = std::chrono::ceil<seconds>(std::max(time, nanoseconds(0))).count();
  return static_cast<std::uint32_t>(whole);
}

}  // namespace

RateDecision RateLimits::take(std::string_view name, const RateLimit& limit) {
  RateDecision decision{.limit = limit};
  if (limit.unlimited()) return decision;
  const Monotonic now = clock_.monotonic();
  const std::lock_guard lock(mutex_);
  Monotonic& full_at = bucket_of(name, now);
  const Monotonic after = std::max(full_at, now) + interval_of(limit);
  const nanoseconds missing = after - now - depth_of(limit);
  decision.admitted = missing <= nanoseconds(0);
  if (decision.admitted) {
    full_at = after;
  } else {
    ++refused_;
    decision.retry_after_s = std::max(seconds_up(missing), 1U);
  }
  const nanoseconds until_full = std::max(full_at, now) - now;
  decision.remaining = static_cast<std::uint32_t>(
      std::max(depth_of(limit) - until_full, nanoseconds(0)) / interval_of(limit));
  decision.full_after_s = seconds_up(until_full);
  return decision;
}

Monotonic& RateLimits::bucket_of(std::string_view name, Monotonic now) {
  if (const auto found = full_at_.find(name); found != full_at_.end()) return found->second;
  if (full_at_.size() >= buckets_max_) forget_full(now);
  // Not the oldest: whoever comes from many addresses would win a new bucket by each.
  if (full_at_.size() >= buckets_max_) return shared_full_at_;
  return full_at_.emplace(name, now).first->second;
}

void RateLimits::forget_full(Monotonic now) {
  if (now - swept_ < kSweepAtMostEvery) return;
  swept_ = now;
  std::erase_if(full_at_, [now](const auto& bucket) { return bucket.second <= now; });
}

std::uint64_t RateLimits::refused_total() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

std::size_t RateLimits::buckets() const {
  const std::lock_guard lock(mutex_);
  return full_at_.size();
}

void add_rate_fields(net::Headers& headers, const RateDecision& decision) {
  if (decision.limit.unlimited()) return;
  headers.add("RateLimit-Limit", std::to_string(std::max(decision.limit.burst_max, 1U)));
  headers.add("RateLimit-Remaining", std::to_string(decision.remaining));
  headers.add("RateLimit-Reset", std::to_string(decision.full_after_s));
}

net::HttpResponse rate_limited_response(const RateDecision& decision) {
  net::HttpResponse response = net::to_response(
      {.status = 429,
       .code = "rate_limited",
       .detail = fmt::format("At most {} requests a second, {} at once; try again in {} s.",
                             decision.limit.per_second_max, std::max(decision.limit.burst_max, 1U),
                             decision.retry_after_s),
       .field = {}});
  response.headers.add("Retry-After", std::to_string(decision.retry_after_s));
  add_rate_fields(response.headers, decision);
  return response;
}

}  // namespace remit::api
