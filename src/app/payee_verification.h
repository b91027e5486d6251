#pragma once

#include "app/certificate_watch.h"
#include "app/server_config.h"
#include "kit/net/curl_client.h"
#include "kit/net/jose/signer.h"
#include "kit/service/metrics.h"
#include "rails/confirmation_of_payee/confirmation_of_payee.h"

#include <memory>
#include <string>
#include <vector>

namespace remit::app {

/// Whoever [payee_verification] names, with its own client and keys, counted and timed.
class PayeeVerification final : public rails::PayeeVerifier {
 public:
  struct Ports {
    Clock& clock;
    Entropy& entropy;
    service::Log& log;
    service::Metrics& metrics;
  };
  /// nullptr where nobody is named. It presents nothing and signs nothing until the files of watched() are taken.
  static Result<std::unique_ptr<PayeeVerification>> open(const PayeeVerificationSection& section,
                                                         Ports ports);

  void verify(rails::PayeeQuestion question, rails::Callback<rails::PayeeVerdict> done) override;
  /// As Banks::watched.
  std::vector<WatchedFiles> watched(const PayeeVerificationSection& section);
  /// Ends the calls under way; no callback comes after it.
  void stop() { http_.reset(); }

 private:
  PayeeVerification(const PayeeVerificationSection& section, Ports ports,
                    std::unique_ptr<net::CurlClient> http);
  void tell(const rails::PayeeVerdict& verdict, Monotonic begun);

  Clock& clock_;
  service::Logger log_;
  service::Family<service::Counter>& results_;
  service::Family<service::Counter>& failures_;
  service::Family<service::Histogram>& seconds_;
  std::unique_ptr<jose::ReplaceableSigner> signer_;
  std::unique_ptr<net::CurlClient> http_;
  rails::confirmation_of_payee::ConfirmationOfPayee responder_;
};

}  // namespace remit::app
