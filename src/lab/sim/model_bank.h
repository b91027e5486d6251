#pragma once

#include "kit/base/host.h"
#include "kit/base/random.h"
#include "kit/net/jose/signer.h"
#include "lab/bank/bank_service.h"
#include "lab/sim/network.h"
#include "lab/sim/rates.h"
#include "lab/sim/sometimes.h"
#include "pay/payments/event_poller.h"
#include "rails/open_banking_uk/options.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace remit::lab::sim {

/// Hosts of the simulated network.
inline constexpr std::string_view kBankHost = "bank.example";
inline constexpr std::string_view kServerHost = "remit.example";
inline constexpr std::string_view kReceiverHost = "shop.example";

/// What the bank did with one order, by its own books.
struct Order {
  std::string end_to_end_id;
  std::string bank_payment_id;
  std::int64_t pence = 0;
  std::uint64_t executions = 0;
  bool rejected = false;
};

/// The model bank on the simulated network, and what a server must be told of it. How it deviates from the standard, how
/// fast it is and what it tells of its own accord is drawn for each world. Its books are the judge of money.
class ModelBank {
 public:
  struct Ports {
    Host& host;
    Random& random;
    Network& network;
    Sometimes& sometimes;
  };
  /// `rates`: what goes wrong from the start, and how likely a quirk is.
  ModelBank(Ports ports, const Rates& rates);
  ~ModelBank();

  /// Its API as the rail is configured for it.
  const rails::open_banking_uk::Options& rail_options() const { return rail_options_; }
  /// The third party's key at this bank. Deterministic, so that the world can be repeated byte by byte.
  static jose::Signer& signer();
  /// By which the bank knows the third party's connections.
  static std::string certificate_thumbprint() { return "the third party's certificate"; }
  payments::EventDelivery event_delivery() const { return event_delivery_; }

  void set_faults(const Rates& rates);

  std::vector<Order> orders() const;
  /// All idempotency keys under which an order came, by its end-to-end id.
  const std::map<std::string, std::set<std::string>>& keys() const { return keys_; }
  /// Accepted first, and rejected afterwards.
  std::uint64_t rejected_later() const;

 private:
  bank::BankOptions draw_options(const Rates& rates);
  void draw_quirks(const Rates& rates, bank::Quirks& quirks);
  void serve();
  void witness(const net::HttpRequest& request);
  void witness_status(const std::string& path, const net::HttpResponse& response);

  Ports ports_;
  SeededEntropy entropy_;
  rails::open_banking_uk::Options rail_options_;
  payments::EventDelivery event_delivery_ = payments::EventDelivery::None;
  std::unique_ptr<net::HttpClient> push_client_;
  std::unique_ptr<bank::BankService> service_;
  std::map<std::string, std::set<std::string>> keys_;
  std::map<std::string, std::vector<std::string>> statuses_told_;  ///< By path, in their order.
};

}  // namespace remit::lab::sim
