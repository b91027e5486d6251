#pragma once

#include "kit/base/time.h"
#include "pay/payments/event_intake.h"
#include "rails/event_source.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remit::payments {

/// Events that one poll asks for, beside those that are known and wait.
inline constexpr std::uint32_t kEventsPerPollMax = 100;
/// Events of one bank that wait for their payment; beyond it the oldest is given up.
inline constexpr std::size_t kEventsWaitingMax = 500;
/// How long an event waits for its payment: longer than any hand-over takes to be answered; one that evidence resolves later
/// brings the status itself. Then it is acknowledged, and ordinary status queries find out what it would have told.
inline constexpr Duration kEventWaitMax = std::chrono::hours(1);
/// How long a key may be unknown that signed an event, since banks rotate keys before their sets show it.
inline constexpr Duration kEventKeyPatience = std::chrono::minutes(10);
/// Between two looks whether the bank still knows that we want events, and after one that failed.
inline constexpr Duration kSubscribedFor = std::chrono::hours(1);
inline constexpr Duration kSubscribeAgainAfter = std::chrono::minutes(5);
/// The longest pause that failing polls lead to.
inline constexpr Duration kEventPollPauseMax = std::chrono::minutes(5);

/// How a bank's events come.
enum class EventDelivery : std::uint8_t {
  None,  ///< Not at all: a subscription of before is ended.
  Poll,  ///< We ask (aggregated polling).
  Push,  ///< The bank sends them (real time notification).
};
BOOST_DESCRIBE_ENUM(EventDelivery, None, Poll, Push)

struct WatchedBank {
  EventOrigin origin;
  std::string issuer;  ///< Of its events.
  rails::EventSource* source = nullptr;
  EventDelivery delivery = EventDelivery::Poll;
  Duration interval = std::chrono::seconds(10);  ///< Between two polls.
  std::string callback_url;                      ///< Of pushes.
};

/// Whom the news of a pushed event are about that names no bank of ours.
inline constexpr std::string_view kNoBank = "unknown";

/// What was heard, for metrics and the log.
struct EventNews {
  enum class Kind : std::uint8_t {
    Taken,      ///< `outcome` says how.
    Refused,    ///< Not believed: `error`.
    GivenUp,    ///< No payment came for it in time.
    Postponed,  ///< Verified or not, it could not be taken now and must come again: `error`.
    Polled,
    PollFailed,       ///< `error`
    SubscribeFailed,  ///< `error`
  };
  Kind kind = Kind::Taken;
  std::string_view bank;
  std::string_view event;  ///< Its id.
  EventOutcome outcome = EventOutcome::Noted;
  Duration lag{};  ///< Of Taken: since it happened.
  const Error* error = nullptr;
};
/// On any thread; short.
using EventListener = std::function<void(const EventNews&)>;

/// What one bank tells, on the thread of the watch: one round of polling after the other. What it holds is gone with the
/// process, and comes again from the bank.
class EventPoller {
 public:
  using Task = std::move_only_function<void()>;
  struct Ports {
    EventIntake& intake;
    Clock& clock;
    std::function<void(Task)> post;  ///< Runs it on the watch's thread, unless that has stopped.
    std::function<void(Duration, Task)> after;  ///< The same, later.
    EventListener listener;
  };

  EventPoller(Ports ports, WatchedBank bank) : ports_(std::move(ports)), bank_(std::move(bank)) {}
  void begin();

  const std::string& bank() const { return bank_.origin.bank; }
  /// Events that wait for their payment. Thread safe.
  std::size_t waiting() const { return waiting_count_; }

 private:
  struct Waiting {
    rails::BankEvent event;
    Monotonic since;
  };

  void subscribe();
  void subscribed(const Result<void>& done);
  void round();
  void poll();
  void hear_all(Result<rails::EventBatch> batch, std::size_t acknowledged, std::size_t refused);
  void hear(rails::ReceivedEvent received);
  void take(rails::BankEvent event);
  void taken(const rails::BankEvent& event, const Result<EventOutcome>& outcome);
  void wait(const rails::BankEvent& event);
  void give_up(const std::string& id);
  void refuse(const std::string& id, const Error& error);
  /// One answer less is awaited; the round ends with the last.
  void end_one();
  Duration pause() const;
  bool was_answered(const std::string& id) const;
  void report(EventNews news) const;

  Ports ports_;
  const WatchedBank bank_;
  std::vector<std::string> acknowledged_;                ///< To be said with the next poll.
  std::vector<rails::RefusedEvent> refused_;             ///< The same.
  std::map<std::string, Waiting, std::less<>> waiting_;  ///< By id.
  std::map<std::string, Monotonic, std::less<>>
      undecided_;  ///< Of keys that are not known, since when.
  std::atomic<std::size_t> waiting_count_ = 0;
  std::size_t awaited_ = 0;
  std::size_t failures_ = 0;  ///< Polls in a row.
  bool more_available_ = false;
  std::size_t fresh_ = 0;  ///< Events of this round that were not known.
  Monotonic poll_due_{};
  Monotonic subscribe_due_{};
};

}  // namespace remit::payments
