#include "pay/payments/event_watch.h"

#include <deque>
#include <mutex>

namespace remit::payments {

/// What callbacks of others leave for the watch's thread. They may outlive the watch, and then leave nothing.
class EventWatch::Mail {
 public:
  Mail(Host& host, Component& owner) : host_(host), owner_(&owner) {}

  void post(EventPoller::Task task) {
    const std::lock_guard lock(mutex_);
    if (owner_ == nullptr) return;
    tasks_.push_back(std::move(task));
    host_.wake(*owner_);
  }
  std::deque<EventPoller::Task> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(tasks_, {});
  }
  void close() {
    const std::lock_guard lock(mutex_);
    owner_ = nullptr;
    tasks_.clear();
  }

 private:
  Host& host_;
  std::mutex mutex_;
  Component* owner_;
  std::deque<EventPoller::Task> tasks_;
};

/// A token on its way.
struct EventWatch::Pushed {
  std::string issuer;
  std::string token;
  std::move_only_function<void(Result<void>)> done;
  std::uint32_t tries = 0;
};

EventWatch::EventWatch(Ports ports, std::vector<WatchedBank> banks)
    : ports_(std::move(ports)),
      banks_(std::move(banks)),
      mail_(std::make_shared<Mail>(ports_.host, *this)) {
  for (const WatchedBank& bank : banks_) {
    const EventPoller::Ports polled{
        .intake = ports_.intake,
        .clock = ports_.host.clock(),
        .post = [mail = mail_](EventPoller::Task task) { mail->post(std::move(task)); },
        .after =
            [mail = mail_, &timers = ports_.host.timers()](Duration delay, EventPoller::Task task) {
              timers.after(
                  delay, [mail, task = std::move(task)]() mutable { mail->post(std::move(task)); });
            },
        .listener = ports_.listener};
    pollers_.push_back(std::make_unique<EventPoller>(polled, bank));
  }
}

EventWatch::~EventWatch() {
  stop();
}

void EventWatch::start() {
  running_ = true;
  ports_.host.attach(*this);
  for (const auto& poller : pollers_) mail_->post([&each = *poller] { each.begin(); });
}

void EventWatch::stop() {
  mail_->close();
  if (!std::exchange(running_, false)) return;
  ports_.host.detach(*this);
}

bool EventWatch::step() {
  for (EventPoller::Task& task : mail_->take()) task();
  return false;
}

void EventWatch::take_pushed(std::string_view issuer, std::string token,
                             std::move_only_function<void(Result<void>)> done) {
  auto pushed =
      std::make_shared<Pushed>(Pushed{std::string(issuer), std::move(token), std::move(done)});
  try_bank(pushed, 0);
}

void EventWatch::try_bank(const std::shared_ptr<Pushed>& pushed, std::size_t number) {
  while (number < banks_.size() && (banks_[number].delivery != EventDelivery::Push ||
                                    banks_[number].issuer != pushed->issuer)) {
    ++number;
  }
  if (number == banks_.size()) {
    const Error unknown{ErrorCode::PermissionDenied,
                        "event_bank_unknown",
                        "No bank that sends events to us has this issuer.",
                        {},
                        nullptr};
    if (ports_.listener) {
      ports_.listener({.kind = EventNews::Kind::Refused, .bank = kNoBank, .error = &unknown});
    }
    return pushed->done(std::unexpected(unknown));
  }
  const WatchedBank& bank = banks_[number];
  bank.source->verify(pushed->token, [this, pushed, number, &bank](Result<rails::BankEvent> event) {
    if (event) return take_verified(pushed, bank, *event);
    const Error& error = event.error();
    // A bank that knows us under two ids is there twice.
    if (error.reason == "event_audience" && number + 1 < banks_.size()) {
      return try_bank(pushed, number + 1);
    }
    const bool open = error.code == ErrorCode::Unavailable;
    if (ports_.listener) {
      ports_.listener({.kind = open ? EventNews::Kind::Postponed : EventNews::Kind::Refused,
                       .bank = bank.origin.bank,
                       .error = &error});
    }
    pushed->done(std::unexpected(error));
  });
}

bool EventWatch::tries_again(const std::shared_ptr<Pushed>& pushed, const WatchedBank& bank,
                             const rails::BankEvent& event) {
  if (++pushed->tries >= kPushedTriesMax) return false;
  ports_.host.timers().after(kPushedTriedEvery, [this, mail = mail_, pushed, &bank, event] {
    mail->post([this, pushed, &bank, event] { take_verified(pushed, bank, event); });
  });
  return true;
}

void EventWatch::take_verified(const std::shared_ptr<Pushed>& pushed, const WatchedBank& bank,
                               const rails::BankEvent& event) {
  const auto tell = [this, &bank](EventNews news) {
    news.bank = bank.origin.bank;
    if (ports_.listener) ports_.listener(news);
  };
  ports_.intake.take(
      bank.origin, event, [this, tell, pushed, &bank, event](const Result<EventOutcome>& outcome) {
        if (!outcome) {
          tell({.kind = EventNews::Kind::Postponed, .event = event.id, .error = &outcome.error()});
          return pushed->done(std::unexpected(outcome.error()));
        }
        const Duration lag =
            std::max<Duration>(Duration{0}, ports_.host.clock().now() - event.happened_at);
        const bool unmatched = *outcome == EventOutcome::Unmatched;
        if (unmatched && lag < kEventWaitMax && tries_again(pushed, bank, event)) return;
        tell({.kind = EventNews::Kind::Taken, .event = event.id, .outcome = *outcome, .lag = lag});
        if (!unmatched) return pushed->done({});
        if (lag >= kEventWaitMax) {
          tell({.kind = EventNews::Kind::GivenUp, .event = event.id});
          return pushed->done({});
        }
        pushed->done(fail(ErrorCode::Unavailable, "event_unmatched",
                          "The payment is not known yet; send the event again."));
      });
}

}  // namespace remit::payments
