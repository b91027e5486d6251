#pragma once

#include "app/demo/acknowledged.h"
#include "app/demo/options.h"
#include "app/world/world.h"
#include "kit/base/codec/json_document.h"
#include "kit/base/random.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace remit::app {

/// How far the payments are.
struct ShopProgress {
  std::atomic<std::uint64_t> created{0};
  std::atomic<std::uint64_t> approved{0};   ///< The payer has come back from the bank.
  std::atomic<std::uint64_t> abandoned{0};  ///< The payer never went.
  std::atomic<std::uint64_t> refunds{0};    ///< Asked for and approved by the shop.
  std::atomic<std::uint64_t> cancelled{0};
  std::atomic<std::uint64_t> transfers{0};
  std::atomic<std::uint64_t> retried{0};  ///< Requests sent again, with the same key.
};

/// A client of the API and its payers: creates payments, sends each payer to the bank and lets them come back, as a shop's
/// server and its customers' browsers would. It trusts nothing but the API: when a request fails it tries again with the
/// same key.
class Shop {
 public:
  Shop(World& world, const DemoOptions& options);
  /// Ends the threads, after what is under way.
  ~Shop();
  void start();
  bool done() const { return finished_ == options_.payments + options_.transfers; }
  const ShopProgress& progress() const { return progress_; }
  const Acknowledged& acknowledged() const { return acknowledged_; }
  /// Whether the shop's own accounts hold what was acknowledged, once. What differs; empty when nothing does.
  std::vector<std::string> compare_accounts();
  /// What could not be done at all; empty when nothing.
  std::vector<std::string> complaints();

 private:
  void work();
  Result<void> pay(std::size_t number);
  Result<void> cancel(std::size_t number, const std::string& payment);
  /// Opens the accounts of the shop's own, once.
  Result<void> open_accounts();
  Result<void> transfer(std::size_t number);
  Result<std::string> create(std::size_t number, bool abandons);
  /// Pays back the payment, or part of it, once it is settled.
  Result<void> refund(std::size_t number, const std::string& payment);
  /// The payment's status, once it is a final one.
  Result<std::string> await_end(const std::string& payment);
  Result<codec::JsonDocument> get(const std::string& path);
  Result<std::string> await_authorisation_url(const std::string& payment);
  Result<void> approve(const std::string& authorisation_url);
  /// Asks for something with a key of its own, tries again with the same one, and remembers the 2xx.
  Result<codec::JsonDocument> post(const std::string& path, const std::string& key,
                                   std::string body);
  /// Tries again, with pauses, whatever may pass.
  Result<net::HttpResponse> send(net::ClientRequest request);

  World& world_;
  const DemoOptions& options_;
  ShopProgress progress_;
  Acknowledged acknowledged_;
  std::mutex accounts_mutex_;
  std::string from_;
  std::string to_;
  std::atomic<std::int64_t> moved_{0};
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> finished_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::string> complaints_;
  std::vector<std::thread> threads_;
};

}  // namespace remit::app
