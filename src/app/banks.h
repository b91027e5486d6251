#pragma once

#include "app/server_config.h"
#include "kit/net/curl_client.h"
#include "kit/net/jose/signer.h"
#include "pay/payments/payment_effect.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"

#include <memory>
#include <string>
#include <vector>

namespace remit::app {

/// The rails of the configured banks: each with its own client, since each has its own certificates and its own bounds, so
/// that one slow bank takes no connection from another.
class Banks {
 public:
  static Result<Banks> open(const ServerConfig& config, Clock& clock, Entropy& entropy);

  const payments::Rails& rails() const { return rails_; }
  /// In the order of the configuration.
  const std::vector<std::string>& names() const { return names_; }
  /// Ends the calls under way; no callback comes after it.
  void stop();

 private:
  struct Bank {
    std::unique_ptr<jose::PemSigner> signer;
    std::unique_ptr<net::CurlClient> http;
    std::unique_ptr<rails::Rail> rail;
  };
  std::vector<Bank> banks_;
  std::vector<std::string> names_;
  payments::Rails rails_;
};

}  // namespace remit::app
