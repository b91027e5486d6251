#include "app/bank_events.h"

#include "kit/base/codec/json.h"

namespace remit::app {
namespace {

using Kind = payments::EventNews::Kind;

}  // namespace

BankEvents::BankEvents(Ports ports, std::vector<payments::WatchedBank> banks)
    : log_(ports.log, "bank_events"),
      events_(ports.metrics.counter(
          {"remit_bank_events_total",
           "Events of banks: noted, repeated, of_no_payment, unmatched (told before their payment "
           "was known), given_up, postponed (to come again) or refused (not believed).",
           {"bank", "outcome"}})),
      refusals_(ports.metrics.counter({"remit_bank_events_refused_total",
                                       "Events that were not believed.",
                                       {"bank", "reason"}})),
      polls_(ports.metrics.counter(
          {"remit_bank_event_polls_total", "Polls for events.", {"bank", "outcome"}})),
      lag_(ports.metrics.histogram(
          {"remit_bank_event_lag_seconds", "From an event to its being noted.", {"bank"}})),
      intake_(std::move(ports.partitions)),
      watch_({intake_, ports.host, [this](const payments::EventNews& news) { tell(news); }},
             std::move(banks)) {
  ports.metrics.at_scrape(
      service::Metrics::Kind::Gauge,
      {"remit_bank_events_waiting", "Events whose payment is not known yet.", {"bank"}}, [this] {
        std::vector<service::Sample> samples;
        for (const auto& poller : watch_.pollers()) {
          samples.push_back({{poller->bank()}, static_cast<double>(poller->waiting())});
        }
        return samples;
      });
}

void BankEvents::tell(const payments::EventNews& news) const {
  const std::string bank(news.bank);
  const auto count = [&](std::string outcome) { events_.with({bank, std::move(outcome)}).add(); };
  const auto warn = [&](std::string_view message) {
    log_.warn(message, {service::field("bank", bank), service::field("event", news.event),
                        service::field(*news.error)});
  };
  switch (news.kind) {
    case Kind::Taken:
      count(std::string(codec::json_name(news.outcome)));
      if (news.outcome == payments::EventOutcome::Noted) {
        lag_.with({bank}).observe(std::chrono::duration<double>(news.lag).count());
      }
      return;
    case Kind::Refused:
      count("refused");
      refusals_.with({bank, news.error->reason}).add();
      return warn("An event of a bank is not believed; the bank hears why.");
    case Kind::GivenUp:
      count("given_up");
      return log_.warn("No payment came for an event of a bank; status queries go on without it.",
                       {service::field("bank", bank), service::field("event", news.event)});
    case Kind::Postponed:
      count("postponed");
      return log_.debug("An event of a bank must come again.",
                        {service::field("bank", bank), service::field("event", news.event),
                         service::field(*news.error)});
    case Kind::Polled:
      return polls_.with({bank, "done"}).add();
    case Kind::PollFailed:
      polls_.with({bank, "failed"}).add();
      return warn("A bank could not be asked for events; it is asked again, less often.");
    case Kind::SubscribeFailed:
      return warn("A bank did not take our word on events; it is said again.");
  }
}

}  // namespace remit::app
