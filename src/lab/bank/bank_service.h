#pragma once

#include "kit/base/host.h"
#include "kit/base/random.h"
#include "kit/base/result.h"
#include "kit/net/http.h"
#include "kit/net/router.h"
#include "lab/bank/bank_options.h"
#include "lab/bank/control_api.h"
#include "lab/bank/events_api.h"
#include "lab/bank/exchange_recorder.h"
#include "lab/bank/name_verification_api.h"
#include "lab/bank/registration_api.h"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace remit::lab::bank {

/// The model bank without its listeners: what it knows, and what it does with a request. Bank puts it on a port, the simulated
/// world on a simulated network. Requests and timers are served one at a time under one lock.
class BankService {
 public:
  /// What sends events to the clients' own URLs; asked when the first is sent, nullptr where there is none.
  using PushClient = std::function<net::HttpClient*()>;

  /// Host, entropy and the client must outlive it.
  BankService(BankOptions options, PrivateKey signing_key, Host& host, Entropy& entropy,
              PushClient push_client);
  ~BankService();
  BankService(const BankService&) = delete;
  BankService& operator=(const BankService&) = delete;

  /// Reads the log and opens the routes. `listen` gives the issuer where the options name none; whoever comes while it runs
  /// waits. Fails as `listen` and BankLog do.
  Result<void> open(const std::function<Result<std::string>()>& listen);

  /// For the API and the pages, and for the sandbox's controls. They may outlive the service, and are silent then.
  net::Handler api() { return handler(&BankService::routes_); }
  net::Handler controls() { return handler(&BankService::control_routes_); }

  const BankOptions& options() const { return options_; }
  /// For those on the same thread.
  const DomesticPayments& payments() const { return payments_; }
  Faults& faults() { return faults_; }

 private:
  /// Outlives the bank in timers and handlers.
  struct Gate {
    std::mutex mutex;
    BankService* bank = nullptr;
  };

  net::Handler handler(net::Router BankService::* routes);
  AddRoute adder(net::Router& router, bool recorded);
  void deliver(Reply reply, net::Responder respond);
  void schedule(Duration delay, std::function<void()> task);
  void push(const std::string& url, const std::string& token, std::function<void(bool)> done);

  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  BankOptions options_;
  const PrivateKey signing_key_;
  Host& host_;
  Entropy& entropy_;
  const PushClient push_client_;
  ExchangeRecorder recorder_;
  Access access_;
  ClientRegistry clients_;
  Faults faults_;
  DomesticPayments payments_;
  std::optional<EventOutbox> events_;
  std::deque<PaymentsApi> payments_apis_;  ///< One a version; routes point into it.
  std::deque<EventsApi> events_apis_;      ///< The same.
  std::optional<AuthorisationApi> authorisation_;
  std::optional<RegistrationApi> registration_;
  std::optional<NameVerificationApi> names_;
  std::optional<ControlApi> control_;
  net::Router routes_;
  net::Router control_routes_;
};

}  // namespace remit::lab::bank
