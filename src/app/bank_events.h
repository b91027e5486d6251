#pragma once

#include "kit/base/host.h"
#include "kit/net/http.h"
#include "kit/service/log.h"
#include "kit/service/metrics.h"
#include "pay/api/gateway.h"
#include "pay/payments/event_watch.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace remit::app {

/// What the configured banks tell without being asked, with its metrics and log lines.
class BankEvents {
 public:
  struct Ports {
    std::vector<payments::EventIntake::Partition> partitions;
    Host& host;
    service::Log& log;
    service::Metrics& metrics;
  };

  BankEvents(Ports ports, std::vector<payments::WatchedBank> banks);
  /// POST /open-banking/v4.0/event-notifications and its kin: what banks push. Only where one does.
  void add_routes(api::Gateway& gateway);
  void start() { watch_.start(); }
  void stop() { watch_.stop(); }

 private:
  void tell(const payments::EventNews& news) const;
  /// Once a minute for each bank and reason: strangers may send what they like, as often as they like.
  bool may_warn(const std::string& about) const;
  void take_pushed(const net::HttpRequest& request, net::Responder respond);

  service::Logger log_;
  Clock& clock_;
  const bool pushes_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Monotonic, std::less<>> warned_at_;
  service::Family<service::Counter>& events_;
  service::Family<service::Counter>& refusals_;
  service::Family<service::Counter>& polls_;
  service::Family<service::Histogram>& lag_;
  payments::EventIntake intake_;
  payments::EventWatch watch_;
};

}  // namespace remit::app
