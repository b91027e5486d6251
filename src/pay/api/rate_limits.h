#pragma once

#include "kit/base/time.h"
#include "kit/net/http.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace remit::api {

/// How many requests somebody may make: a bucket of `burst_max` tokens into which `per_second_max` drop every second.
struct RateLimit {
  std::uint32_t per_second_max = 0;  ///< 0: as many as they like.
  std::uint32_t burst_max = 0;       ///< At once, after a pause; at least 1 unless unlimited.
  bool unlimited() const { return per_second_max == 0; }
  bool operator==(const RateLimit&) const = default;
};
BOOST_DESCRIBE_STRUCT(RateLimit, (), (per_second_max, burst_max))

/// The largest of either number.
inline constexpr std::uint32_t kRateLimitMax = 1'000'000;
/// Addresses and keys whose buckets are kept. Whoever comes when all are in use shares one bucket with the others who do.
inline constexpr std::size_t kRateBucketsMax = 100'000;

/// What a request meets at its bucket.
struct RateDecision {
  bool admitted = true;
  RateLimit limit;
  std::uint32_t remaining = 0;      ///< Requests that would be admitted now.
  std::uint32_t full_after_s = 0;   ///< Until the bucket is full again, rounded up.
  std::uint32_t retry_after_s = 0;  ///< When it is refused, at least 1.
};

/// Buckets in memory, one for each name. One number says how full a bucket is: when it will be full again (the generic cell
/// rate algorithm, ITU-T I.371 annex A), so that nothing has to be refilled and a full one can be forgotten. A restart
/// fills all of them. Thread safe.
class RateLimits {
 public:
  explicit RateLimits(Clock& clock, std::size_t buckets_max = kRateBucketsMax)
      : clock_(clock), buckets_max_(buckets_max) {}

  /// Takes a token out of the bucket of that name, if it has one.
  RateDecision take(std::string_view name, const RateLimit& limit);

  std::uint64_t refused_total() const;
  std::size_t buckets() const;

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };
  Monotonic& bucket_of(std::string_view name, Monotonic now);
  void forget_full(Monotonic now);

  Clock& clock_;
  const std::size_t buckets_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Monotonic, NameHash, std::equal_to<>> full_at_;
  Monotonic shared_full_at_{};
  Monotonic swept_{};
  std::uint64_t refused_ = 0;
};

/// RateLimit-Limit, -Remaining and -Reset as draft-ietf-httpapi-ratelimit-headers-06 section 3 has them (later drafts fold
/// them into one field that few read). Limit is the bucket's size and Reset the seconds until it is full. None when unlimited.
void add_rate_fields(net::Headers& headers, const RateDecision& decision);

/// 429 `rate_limited` with Retry-After (RFC 9110 section 10.2.3) and those fields.
net::HttpResponse rate_limited_response(const RateDecision& decision);

}  // namespace remit::api
