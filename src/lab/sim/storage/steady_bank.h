#pragma once

#include "kit/base/host.h"
#include "rails/rail.h"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace remit::lab::sim {

/// A bank that does all it is asked, in virtual time, and keeps books: what goes wrong in a world of storage is the process
/// that asks and the disk that it writes to. Its books outlive the processes.
class SteadyBank final : public rails::Rail {
 public:
  struct Order {
    TypeId payment;
    Money amount;
  };

  /// `on_send` is called for each order that reaches the bank, before its answer is under way.
  SteadyBank(Host& host, std::function<void()> on_send)
      : host_(host), on_send_(std::move(on_send)) {}

  /// The process that called is dead: its answers reach nobody.
  void hang_up() { ++callers_; }
  /// By idempotency key.
  const std::map<std::string, Order>& orders() const { return orders_; }

  rails::Capabilities capabilities() const override;
  void authorise(rails::Instruction instruction, std::string idempotency_key,
                 rails::Callback<Result<rails::ConsentCreated>> done) override;
  void exchange(rails::Landing landing,
                rails::Callback<Result<rails::Authorisation>> done) override;
  void submit(rails::Submission submission,
              rails::Callback<rails::SubmissionOutcome> done) override;
  void resolve(rails::Submission submission,
               rails::Callback<Result<rails::Resolution>> done) override;
  void status(std::string bank_payment_id,
              rails::Callback<Result<rails::StatusReport>> done) override;

 private:
  template <class T>
  void answer(rails::Callback<T> done, T value);
  static rails::StatusReport executed(const std::string& key);

  Host& host_;
  const std::function<void()> on_send_;
  std::map<std::string, Order> orders_;
  std::set<std::string> codes_used_;
  std::uint64_t callers_ = 0;
  std::uint64_t answers_ = 0;
};

}  // namespace remit::lab::sim
