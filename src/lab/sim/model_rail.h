#pragma once

#include "kit/base/host.h"
#include "kit/base/random.h"
#include "lab/sim/rates.h"
#include "rails/rail.h"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace remit::lab::sim {

/// What the bank did with one order, by its own books.
struct Order {
  TypeId payment;
  Money amount;
  std::string idempotency_key;
  std::string bank_payment_id;
  terms::PaymentStatus status = terms::PaymentStatus::Rcvd;
  bool executed = false;
};

/// A bank in virtual time that answers late, with lost answers, twice or with old news, and keeps books of its own, which
/// are the judge. What it answers is always true of what it knows, as the port demands: "not sent" and "rejected" are never
/// executed, and "not found" is said only after the deadline, within which every lost request has arrived.
class ModelRail final : public rails::Rail {
 public:
  static constexpr Duration kRequestDeadline = std::chrono::seconds(30);
  /// What it tells of its own accord.
  using StatusListener = std::function<void(const TypeId& payment, const rails::StatusReport&)>;

  /// `rates` may be changed from outside at any time.
  ModelRail(Host& host, Random& random, const Rates& rates)
      : host_(host), random_(random), rates_(rates) {}
  void on_status(StatusListener listener) { listener_ = std::move(listener); }
  /// The process that called is dead: its calls go on, their answers reach nobody.
  void hang_up() { ++callers_; }

  /// The bank's books, by idempotency key.
  const std::map<std::string, Order>& orders() const { return orders_; }
  /// All keys under which a payment was ever handed over, arrived or not.
  const std::map<TypeId, std::set<std::string>>& keys() const { return keys_; }

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
  Order& arrive(const rails::Submission& submission);
  void progress(const std::string& key);
  void tell(const Order& order);
  Duration drawn(Duration most);
  template <class T>
  void answer(Duration delay, rails::Callback<T> done, T value);
  template <class Run>
  void later(Duration delay, Run run);

  Host& host_;
  Random& random_;
  const Rates& rates_;
  StatusListener listener_;
  std::map<std::string, Order> orders_;
  std::map<TypeId, std::set<std::string>> keys_;
  std::set<std::string> codes_used_;
  std::uint64_t callers_ = 0;
};

}  // namespace remit::lab::sim
