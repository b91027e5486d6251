#pragma once

#include "kit/base/random.h"
#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/net/http.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

/// The API as the command line uses it: one request, tried again while that can help, and the reason when it cannot.
namespace remit::app {

/// Answers that are read; a page of deliveries has a kilobyte for each attempt.
inline constexpr std::uint64_t kApiAnswerBytesMax = 16UL * 1024 * 1024;
inline constexpr std::uint32_t kApiTriesMax = 20;
/// A server that asks for a longer pause is not waited for.
inline constexpr Duration kApiRetryAfterMax = std::chrono::minutes(1);

/// Where the API is, who asks, and for how long.
struct ApiTarget {
  std::string url;  ///< Without a slash at the end.
  std::string key;
  Duration timeout = std::chrono::seconds(20);  ///< Of one try.
  std::uint32_t tries_max = 5;
};

struct ApiRequest {
  std::string method = "GET";
  std::string path;  ///< With its query.
  std::string body;  ///< JSON; empty: none.
  /// The same for each try, and for the same command run again; empty where nothing is changed.
  std::string idempotency_key;
};

class ApiClient {
 public:
  /// The ports outlive it.
  struct Ports {
    net::HttpClient& http;
    Random& random;  ///< For jitter.
    /// Lets the time go by.
    std::function<void(Duration)> pause;
  };
  ApiClient(Ports ports, ApiTarget target) : ports_(std::move(ports)), target_(std::move(target)) {}

  /// The body of the answer. A refusal becomes the error that it tells (RFC 9457), with its title before the detail. Tried
  /// again under the same key after no answer, 429, 502, 503 and 504, no sooner than Retry-After says. What is left then:
  /// Unavailable when nothing happened, OutcomeUnknown when a try may have arrived of a request that changes something.
  Result<std::string> send(const ApiRequest& request);

 private:
  Result<net::HttpResponse> attempt(const ApiRequest& request);

  Ports ports_;
  ApiTarget target_;
};

}  // namespace remit::app
