#pragma once

#include "rails/event_source.h"
#include "rails/open_banking_uk/bank.h"

#include <memory>
#include <string>
#include <vector>

namespace remit::rails::open_banking_uk {

/// Event subscriptions, aggregated polling and the tokens of pushed events at one bank (Read/Write API v3.1.11 and v4.0,
/// Event Notification Subscription, Aggregated Polling and Real Time Event Notification API).
class BankEvents final : public EventSource {
 public:
  /// The bank outlives it.
  explicit BankEvents(Bank& bank) : bank_(bank) {}

  /// The bank keeps one subscription of ours at most: it is made, changed, or left as it is.
  void subscribe(std::string callback_url, rails::Callback<Result<void>> done) override;
  /// Ends it, where there is one.
  void unsubscribe(rails::Callback<Result<void>> done) override;
  void poll(EventPoll poll, rails::Callback<Result<EventBatch>> done) override;
  void verify(std::string token, rails::Callback<Result<BankEvent>> done) override;

 private:
  /// What the bank keeps for us.
  struct Subscription {
    std::string id;  ///< Empty: nothing.
    std::string callback_url;
    std::string version;
    bool has_updates = false;  ///< It is for resource-update, or for everything.
  };
  struct Token {
    std::string id;
    std::string text;
  };
  void read_subscription(rails::Callback<Result<Subscription>> done);
  void write_subscription(const Subscription& known, const std::string& callback_url,
                          rails::Callback<Result<void>> done);
  std::string_view version() const;
  /// With keys for all of them, as far as the bank has such.
  void verify_all(std::vector<Token> tokens, bool more_available,
                  rails::Callback<Result<EventBatch>> done);

  Bank& bank_;
};

}  // namespace remit::rails::open_banking_uk
