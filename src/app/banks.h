#pragma once

#include "app/certificate_watch.h"
#include "app/server_config.h"
#include "kit/net/curl_client.h"
#include "kit/net/jose/signer.h"
#include "pay/payments/event_poller.h"
#include "pay/payments/payment_effect.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"

#include <memory>
#include <string>
#include <vector>

namespace remit::app {

/// What the rail of this bank is told.
rails::open_banking_uk::Options bank_options(const BankSection& bank, const HttpSection& http);
/// What we present to a bank, or to whoever verifies payees, and whom we trust to be it.
template <class Section>
net::TlsFiles transport_of(const Section& section) {
  return {.certificate_chain = section.transport_certificate.string(),
          .private_key = section.transport_key.string(),
          .trusted_authorities = section.trusted_authorities.string()};
}
/// What we present to this bank, and whom we trust to be it. Fails as load_tls does.
Result<net::TlsMaterialPtr> load_bank_tls(const BankSection& bank, Timestamp now);
/// What is shown to one that we call, and whom we trust there, put to use by its client.
WatchedFiles transport_files(std::string bank, net::TlsFiles files, net::CurlClient& http,
                             Clock& clock);
/// What its messages are signed with.
WatchedFiles signing_files(std::string bank, std::string path, std::string key_id,
                           jose::ReplaceableSigner& signer);

/// The rails of the configured banks: each with its own client, since each has its own certificates and its own bounds, so
/// that one slow bank takes no connection from another.
class Banks {
 public:
  /// The banks present nothing and sign nothing until the files of watched() are taken.
  static Result<Banks> open(const ServerConfig& config, Clock& clock, Entropy& entropy);
  /// The keys and certificates that the configuration names for these banks; of others it says nothing. What is taken is used
  /// by the next call.
  std::vector<WatchedFiles> watched(const ServerConfig& config, Clock& clock);

  /// Those that have an API of events, with how they are to come.
  std::vector<payments::WatchedBank> with_events(const ServerConfig& config) const;

  const payments::Rails& rails() const { return rails_; }
  /// In the order of the configuration.
  const std::vector<std::string>& names() const { return names_; }
  /// Ends the calls under way; no callback comes after it.
  void stop();

 private:
  struct Bank {
    std::unique_ptr<jose::ReplaceableSigner> signer;
    std::unique_ptr<net::CurlClient> http;
    std::unique_ptr<rails::Rail> rail;
  };
  std::vector<Bank> banks_;
  std::vector<std::string> names_;
  payments::Rails rails_;
};

}  // namespace remit::app
