#include "app/bank_events.h"

#include "kit/base/codec/json.h"
#include "kit/net/problem.h"
#include "rails/open_banking_uk/event_token.h"

#include <algorithm>

namespace remit::app {
namespace {

using Kind = payments::EventNews::Kind;

/// A bank's own URL of ours ends as the standard says (Event Notification Subscription API, CallbackUrl); the bare one is for
/// gateways in front that shorten it.
constexpr std::string_view kPushPaths[] = {"/open-banking/v4.0/event-notifications",
                                           "/open-banking/v3.1/event-notifications",
                                           "/event-notifications"};

bool is_token(const net::HttpRequest& request) {
  const std::string_view type = request.headers.find("Content-Type").value_or("");
  const std::string_view media = type.substr(0, type.find(';'));
  return media == "application/jwt" || media == "application/secevent+jwt";
}

net::HttpResponse answer_to(const Result<void>& taken) {
  if (taken) return {.status = 202, .headers = {}, .body = {}};
  const Error& error = taken.error();
  if (error.code == ErrorCode::Unavailable) return net::problem_response(error);
  if (error.code != ErrorCode::PermissionDenied) {
    // It may have been noted, or not: the bank sends it again, which does no harm.
    return net::problem_response(
        Error{ErrorCode::Unavailable, error.reason, error.message, {}, nullptr});
  }
  return net::to_response(
      {.status = 400, .code = error.reason, .detail = error.message, .field = {}});
}

}  // namespace

BankEvents::BankEvents(Ports ports, std::vector<payments::WatchedBank> banks)
    : log_(ports.log, "bank_events"),
      clock_(ports.host.clock()),
      pushes_(std::ranges::any_of(banks,
                                  [](const payments::WatchedBank& bank) {
                                    return bank.delivery == payments::EventDelivery::Push;
                                  })),
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

void BankEvents::add_routes(api::Gateway& gateway) {
  if (!pushes_) return;
  for (const std::string_view path : kPushPaths) {
    gateway.add_page("POST", path, [this](const api::Request& request, net::Responder respond) {
      take_pushed(request.http, std::move(respond));
    });
  }
}

void BankEvents::take_pushed(const net::HttpRequest& request, net::Responder respond) {
  if (!is_token(request)) {
    return respond(net::to_response({.status = 415,
                                     .code = "content_type_unsupported",
                                     .detail = "Send the event as application/jwt.",
                                     .field = {}}));
  }
  if (request.body.size() > jose::kJwsBytesMax) {
    return respond(net::to_response(
        {.status = 413,
         .code = "event_too_large",
         .detail = fmt::format("An event is at most {} bytes long.", jose::kJwsBytesMax),
         .field = {}}));
  }
  // Whose keys would verify it; believed is nothing of it yet.
  const std::string issuer = rails::open_banking_uk::unverified_event_issuer(request.body);
  watch_.take_pushed(issuer, request.body,
                     [respond = std::move(respond)](const Result<void>& taken) mutable {
                       respond(answer_to(taken));
                     });
}

bool BankEvents::may_warn(const std::string& about) const {
  constexpr Duration kEvery = std::chrono::minutes(1);
  const std::lock_guard lock(mutex_);
  const Monotonic now = clock_.monotonic();
  const auto [warned, first] = warned_at_.emplace(about, now);
  if (!first && now - warned->second < kEvery) return false;
  warned->second = now;
  return true;
}

void BankEvents::tell(const payments::EventNews& news) const {
  const std::string bank(news.bank);
  const auto count = [&](std::string outcome) { events_.with({bank, std::move(outcome)}).add(); };
  const auto warn = [&](std::string_view message) {
    if (!may_warn(bank + " " + news.error->reason)) return;
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
