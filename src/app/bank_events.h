#pragma once

#include "kit/base/host.h"
#include "kit/net/http.h"
#include "kit/service/log.h"
#include "kit/service/metrics.h"
#include "pay/payments/event_watch.h"

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
  void start() { watch_.start(); }
  void stop() { watch_.stop(); }

 private:
  void tell(const payments::EventNews& news) const;

  service::Logger log_;
  service::Family<service::Counter>& events_;
  service::Family<service::Counter>& refusals_;
  service::Family<service::Counter>& polls_;
  service::Family<service::Histogram>& lag_;
  payments::EventIntake intake_;
  payments::EventWatch watch_;
};

}  // namespace remit::app
