#pragma once

#include "kit/engine/engine.h"
#include "kit/store/read_database.h"
#include "pay/payments/commands.h"
#include "rails/event_source.h"

#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace remit::payments {

/// Ids of events that are remembered, so that one that is told again costs nothing.
inline constexpr std::size_t kEventsRememberedMax = 10'000;

/// What became of a verified event. Only the last may be told again.
enum class EventOutcome : std::uint8_t {
  Noted,        ///< Durable: the payment's status is asked for, if that can still tell anything.
  Repeated,     ///< It was noted before.
  OfNoPayment,  ///< Of another kind, or about another resource.
  Unmatched,    ///< No payment has that id at that bank, or none yet.
};
BOOST_DESCRIBE_ENUM(EventOutcome, Noted, Repeated, OfNoPayment, Unmatched)

/// A bank, as far as its events go.
struct EventOrigin {
  std::string bank;
  /// The banks of the configuration that are this one: it may be there once for each version of the standard, and tells all
  /// of them the same.
  std::vector<std::string> rails;
};

/// Takes verified events, polled or pushed, to the payments that they are about (step 6 of a payment's life). An event moves
/// nothing by itself: it makes the payment's status be asked for. The payment is looked up in the read model of each
/// partition, since an event names no client. A read model is a moment behind its journal, and a bank may tell of a payment
/// before the answer to the hand-over has come, so that "unmatched" is never the last word of a young event. Thread safe.
class EventIntake {
 public:
  /// One clients' partition. Both outlive the intake's callers.
  struct Partition {
    engine::Engine& engine;
    store::ReadQueries& queries;
  };
  using Done = std::move_only_function<void(Result<EventOutcome>)>;

  explicit EventIntake(std::vector<Partition> partitions) : partitions_(std::move(partitions)) {}

  /// Calls back once it is durable, on any thread. Fails with Unavailable: nothing is noted, and the event must come again.
  void take(const EventOrigin& origin, const rails::BankEvent& event, Done done);

 private:
  struct Work {
    EventOrigin origin;
    rails::BankEvent event;
    Done done;
  };
  using WorkPtr = std::shared_ptr<Work>;

  void look_in(const WorkPtr& work, std::size_t partition);
  void note(const WorkPtr& work, std::size_t partition, const TypeId& payment);
  static std::string key_of(const Work& work);
  bool was_noted(const std::string& key);
  void remember(std::string key);

  const std::vector<Partition> partitions_;
  std::mutex mutex_;
  std::set<std::string, std::less<>> noted_;
  std::deque<std::string> noted_in_order_;
};

}  // namespace remit::payments
