#include "pay/payments/event_poller.h"

#include "kit/base/check.h"

#include <algorithm>

namespace remit::payments {
namespace {

/// A young event most likely waits for an answer that is on its way: tried again soon, without asking the bank.
constexpr Duration kYoung = std::chrono::seconds(30);
constexpr Duration kYoungTriedEvery = std::chrono::seconds(1);
constexpr std::size_t kDoublingsMax = 10;

}  // namespace

void EventPoller::report(EventNews news) const {
  news.bank = bank_.origin.bank;
  if (ports_.listener) ports_.listener(news);
}

void EventPoller::begin() {
  const bool polled = bank_.delivery == EventDelivery::Poll;
  if (!polled || ports_.clock.monotonic() >= subscribe_due_) return subscribe();
  round();
}

void EventPoller::subscribe() {
  auto done = [this](Result<void> said) {
    ports_.post([this, said = std::move(said)] { subscribed(said); });
  };
  if (bank_.delivery == EventDelivery::None) return bank_.source->unsubscribe(std::move(done));
  const bool push = bank_.delivery == EventDelivery::Push;
  bank_.source->subscribe(push ? bank_.callback_url : std::string(), std::move(done));
}

void EventPoller::subscribed(const Result<void>& done) {
  if (!done) report({.kind = EventNews::Kind::SubscribeFailed, .error = &done.error()});
  // What a bank refuses to end it does not have.
  const bool ended = done || done.error().code == ErrorCode::FailedPrecondition;
  if (bank_.delivery == EventDelivery::None && ended) return;
  const Duration again = done ? kSubscribedFor : kSubscribeAgainAfter;
  subscribe_due_ = ports_.clock.monotonic() + again;
  // A subscription may be there all the same, made by a person at the bank.
  if (bank_.delivery == EventDelivery::Poll) return round();
  ports_.after(again, [this] { begin(); });
}

void EventPoller::round() {
  CHECK(awaited_ == 0, "a round of {} began within another", bank_.origin.bank);
  awaited_ = 1;
  fresh_ = 0;
  std::vector<rails::BankEvent> again;
  for (const auto& [id, waiting] : waiting_) again.push_back(waiting.event);
  for (rails::BankEvent& event : again) take(std::move(event));
  if (ports_.clock.monotonic() >= poll_due_) poll();
  end_one();
}

void EventPoller::poll() {
  ++awaited_;
  more_available_ = false;
  // What waits would otherwise fill the answer, if the bank tells the oldest first.
  const std::size_t known = waiting_.size() + undecided_.size();
  rails::EventPoll poll{.events_max = kEventsPerPollMax + static_cast<std::uint32_t>(known),
                        .acknowledged = acknowledged_,
                        .refused = refused_};
  bank_.source->poll(std::move(poll), [this, acknowledged = acknowledged_.size(),
                                       refused = refused_.size()](Result<rails::EventBatch> batch) {
    ports_.post([this, acknowledged, refused, batch = std::move(batch)]() mutable {
      hear_all(std::move(batch), acknowledged, refused);
    });
  });
}

void EventPoller::hear_all(Result<rails::EventBatch> batch, std::size_t acknowledged,
                           std::size_t refused) {
  // What the bank refuses to hear it would refuse again; whatever is not said comes again.
  const bool heard = batch || batch.error().code == ErrorCode::FailedPrecondition;
  if (heard) {
    acknowledged_.erase(acknowledged_.begin(),
                        acknowledged_.begin() + static_cast<std::ptrdiff_t>(acknowledged));
    refused_.erase(refused_.begin(), refused_.begin() + static_cast<std::ptrdiff_t>(refused));
  }
  if (!batch) {
    ++failures_;
    report({.kind = EventNews::Kind::PollFailed, .error = &batch.error()});
  } else {
    failures_ = 0;
    more_available_ = batch->more_available;
    report({.kind = EventNews::Kind::Polled});
    for (rails::ReceivedEvent& received : batch->events) hear(std::move(received));
  }
  poll_due_ = ports_.clock.monotonic() + pause();
  end_one();
}

Duration EventPoller::pause() const {
  const auto doublings = static_cast<std::int64_t>(1) << std::min(failures_, kDoublingsMax);
  if (failures_ == 0) return bank_.interval;
  return std::max<Duration>(bank_.interval,
                            std::min<Duration>(bank_.interval * doublings, kEventPollPauseMax));
}

bool EventPoller::was_answered(const std::string& id) const {
  return std::ranges::find(acknowledged_, id) != acknowledged_.end() ||
         std::ranges::find(refused_, id, &rails::RefusedEvent::id) != refused_.end();
}

void EventPoller::hear(rails::ReceivedEvent received) {
  if (was_answered(received.id) || waiting_.contains(received.id)) return;
  if (received.event) {
    ++fresh_;
    undecided_.erase(received.id);
    return take(*std::move(received.event));
  }
  const Error& error = received.event.error();
  if (error.code != ErrorCode::Unavailable) return refuse(received.id, error);
  if (undecided_.size() >= kEventsWaitingMax) undecided_.clear();
  const Monotonic now = ports_.clock.monotonic();
  const Monotonic since = undecided_.emplace(received.id, now).first->second;
  if (now - since >= kEventKeyPatience) return refuse(received.id, error);
  report({.kind = EventNews::Kind::Postponed, .event = received.id, .error = &error});
}

void EventPoller::refuse(const std::string& id, const Error& error) {
  ++fresh_;
  undecided_.erase(id);
  refused_.push_back({id, error});
  report({.kind = EventNews::Kind::Refused, .event = id, .error = &error});
}

void EventPoller::take(rails::BankEvent event) {
  ++awaited_;
  ports_.intake.take(bank_.origin, event, [this, event](Result<EventOutcome> outcome) {
    ports_.post([this, event, outcome = std::move(outcome)] { taken(event, outcome); });
  });
}

void EventPoller::taken(const rails::BankEvent& event, const Result<EventOutcome>& outcome) {
  if (outcome && *outcome != EventOutcome::Unmatched) {
    waiting_.erase(event.id);
    acknowledged_.push_back(event.id);
    const Duration lag = std::max<Duration>(Duration{0}, ports_.clock.now() - event.happened_at);
    report({.kind = EventNews::Kind::Taken, .event = event.id, .outcome = *outcome, .lag = lag});
  } else {
    if (!outcome) {
      report({.kind = EventNews::Kind::Postponed, .event = event.id, .error = &outcome.error()});
    }
    wait(event);
  }
  waiting_count_ = waiting_.size();
  end_one();
}

void EventPoller::wait(const rails::BankEvent& event) {
  const Monotonic now = ports_.clock.monotonic();
  const auto known = waiting_.find(event.id);
  if (known != waiting_.end()) {
    if (now - known->second.since >= kEventWaitMax) give_up(event.id);
    return;
  }
  if (waiting_.size() >= kEventsWaitingMax) {
    const auto since = [](const auto& each) { return each.second.since; };
    const std::string oldest = std::ranges::min_element(waiting_, {}, since)->first;
    give_up(oldest);
  }
  waiting_.emplace(event.id, Waiting{event, now});
  report({.kind = EventNews::Kind::Taken, .event = event.id, .outcome = EventOutcome::Unmatched});
}

void EventPoller::give_up(const std::string& id) {
  report({.kind = EventNews::Kind::GivenUp, .event = id});
  acknowledged_.push_back(id);
  waiting_.erase(id);
}

void EventPoller::end_one() {
  if (--awaited_ > 0) return;
  const Monotonic now = ports_.clock.monotonic();
  if (failures_ == 0 && more_available_ && fresh_ > 0) poll_due_ = now;
  more_available_ = false;
  Duration next = std::max(Duration{0}, std::chrono::duration_cast<Duration>(poll_due_ - now));
  const bool young = std::ranges::any_of(
      waiting_, [now](const auto& each) { return now - each.second.since < kYoung; });
  if (young) next = std::min(next, kYoungTriedEvery);
  ports_.after(next, [this] { begin(); });
}

}  // namespace remit::payments
