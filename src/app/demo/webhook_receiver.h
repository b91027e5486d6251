#pragma once

#include "app/world/world.h"
#include "kit/base/bytes.h"
#include "kit/net/server.h"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace remit::app {

/// What the shop's endpoint has heard.
struct WebhookTally {
  std::uint64_t events = 0;        ///< Different ones that were taken.
  std::uint64_t repeated = 0;      ///< Taken more than once.
  std::uint64_t refused = 0;       ///< Answered 500 on purpose.
  std::uint64_t badly_signed = 0;  ///< By another key, or not at all.
  std::uint64_t out_of_order = 0;  ///< Behind a later event of the same subject.
};

/// A webhook endpoint as a shop would have it: checks signatures, remembers what it has taken, and refuses one event in ten
/// when it first comes.
class WebhookReceiver {
 public:
  /// Opens the endpoint in the API; from then on it hears everything.
  static Result<std::unique_ptr<WebhookReceiver>> start(World& world);

  WebhookTally tally() const;

 private:
  WebhookReceiver() = default;
  Result<void> subscribe(World& world);
  int take(const net::HttpRequest& request);
  bool is_signed(const net::HttpRequest& request) const;

  mutable std::mutex mutex_;
  Bytes secret_;
  WebhookTally tally_;
  std::set<std::string, std::less<>> taken_;
  std::set<std::string, std::less<>> refused_;
  std::map<std::string, std::string> last_of_subject_;  ///< The sequence of its newest event.
  std::uint64_t requests_ = 0;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace remit::app
