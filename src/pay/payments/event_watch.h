#pragma once

#include "kit/base/host.h"
#include "pay/payments/event_poller.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace remit::payments {

/// A pushed event whose payment is not known is looked at again so often and after so long, before the bank has to send it
/// again: the payment is most likely on its way into the read model.
inline constexpr std::uint32_t kPushedTriesMax = 5;
inline constexpr Duration kPushedTriedEvery = std::chrono::milliseconds(200);

/// Hears what banks tell: subscribes, polls, takes what is pushed, and tells each bank what became of its events, but never
/// before that is durable here. An event whose payment is not known is kept, not acknowledged, and tried again with every
/// poll for kEventWaitMax. All of that is in memory: after a crash the bank tells again what was not acknowledged.
class EventWatch final : public Component {
 public:
  struct Ports {
    EventIntake& intake;
    Host& host;
    EventListener listener;
  };

  EventWatch(Ports ports, std::vector<WatchedBank> banks);
  ~EventWatch() override;
  void start();
  /// Nothing is begun any more; answers on their way reach nobody.
  void stop();

  std::string name() const override { return "bank-events"; }
  bool step() override;

  /// A token that somebody sent to us. Calls back with success once what it says is durable: the bank may forget it. Fails
  /// with PermissionDenied and the token's own reason, with `event_bank_unknown` when no bank that pushes is its issuer, or
  /// with Unavailable when it must come again: `event_unmatched`, or as intake and verification do. Thread safe.
  void take_pushed(std::string_view issuer, std::string token,
                   std::move_only_function<void(Result<void>)> done);

  const std::vector<std::unique_ptr<EventPoller>>& pollers() const { return pollers_; }

 private:
  class Mail;
  struct Pushed;

  /// By the bank of that number, or by the first behind it that pushes and has the issuer.
  void try_bank(const std::shared_ptr<Pushed>& pushed, std::size_t number);
  void take_verified(const std::shared_ptr<Pushed>& pushed, const WatchedBank& bank,
                     const rails::BankEvent& event);
  /// Whether the answer may wait for another look.
  bool tries_again(const std::shared_ptr<Pushed>& pushed, const WatchedBank& bank,
                   const rails::BankEvent& event);

  Ports ports_;
  const std::vector<WatchedBank> banks_;
  std::shared_ptr<Mail> mail_;
  std::vector<std::unique_ptr<EventPoller>> pollers_;
  bool running_ = false;
};

}  // namespace remit::payments
