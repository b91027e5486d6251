#include "app/banks.h"

#include "rails/event_source.h"

#include <algorithm>

namespace remit::app {

rails::open_banking_uk::Options bank_options(const BankSection& bank, const HttpSection& http) {
  return {.name = bank.name,
          .issuer = bank.issuer,
          .api_url = bank.api_url,
          .events_url = bank.events_url,
          .events_issuer = bank.events_issuer,
          .version = bank.version == "3.1.11" ? rails::open_banking_uk::ApiVersion::V3
                                              : rails::open_banking_uk::ApiVersion::V4,
          .client_id = bank.client_id,
          .client_authentication = bank.client_authentication,
          .redirect_uri = http.public_url + "/callback",
          .financial_id = bank.financial_id,
          .signature_issuer = bank.signature_issuer,
          .bank_signature_issuer = bank.bank_signature_issuer,
          .trust_anchor = bank.trust_anchor,
          .payload_encoding =
              bank.raw_payload ? jose::PayloadEncoding::Raw : jose::PayloadEncoding::Base64Url,
          .quirks = bank.quirks,
          .reads_refund_account = bank.reads_refund_account,
          .confirms_funds = bank.confirm_funds,
          .reports_credit_settlement = bank.reports_credit_settlement,
          .status_poll_interval = bank.status_poll_interval,
          .call_timeout = bank.call_timeout};
}

namespace {

using Expiries = std::vector<CertificateExpiry>;

}  // namespace

WatchedFiles transport_files(std::string bank, net::TlsFiles files, net::CurlClient& http,
                             Clock& clock) {
  std::vector<std::string> paths{files.certificate_chain, files.private_key};
  if (!files.trusted_authorities.empty()) paths.push_back(files.trusted_authorities);
  return {.bank = std::move(bank),
          .use = "transport",
          .paths = std::move(paths),
          .settings = {},
          .take = [files = std::move(files), &http, &clock]() -> Result<Expiries> {
            const net::TlsMaterialPtr material = TRY(net::load_tls(files, clock.now()));
            http.use_tls(material);
            Expiries expiries{{"transport", *material->certificate_expires_at}};
            if (material->authorities_expire_at) {
              expiries.push_back({"authorities", *material->authorities_expire_at});
            }
            return expiries;
          }};
}

WatchedFiles signing_files(std::string bank, std::string path, std::string key_id,
                           jose::ReplaceableSigner& signer) {
  return {.bank = std::move(bank),
          .use = "signing",
          .paths = {path},
          .settings = key_id,
          .take = [path, key_id, &signer]() -> Result<Expiries> {
            signer.replace(TRY(jose::PemSigner::load(path, key_id)));
            return Expiries{};
          }};
}

Result<net::TlsMaterialPtr> load_bank_tls(const BankSection& bank, Timestamp now) {
  return net::load_tls(transport_of(bank), now);
}

Result<Banks> Banks::open(const ServerConfig& config, Clock& clock, Entropy& entropy) {
  Banks banks;
  for (const BankSection& section : config.banks) {
    Bank bank;
    bank.signer = std::make_unique<jose::ReplaceableSigner>(nullptr);
    bank.http = TRY(net::CurlClient::start({.name = "bank-" + section.name}));
    bank.rail = std::make_unique<rails::open_banking_uk::OpenBankingUkRail>(
        bank_options(section, config.http),
        rails::open_banking_uk::Ports{*bank.http, *bank.signer, clock, entropy});
    banks.rails_.emplace(section.name, bank.rail.get());
    banks.names_.push_back(section.name);
    banks.banks_.push_back(std::move(bank));
  }
  return banks;
}

std::vector<WatchedFiles> Banks::watched(const ServerConfig& config, Clock& clock) {
  std::vector<WatchedFiles> all;
  for (const BankSection& section : config.banks) {
    const auto found = std::ranges::find(names_, section.name);
    if (found == names_.end()) continue;
    const Bank& bank = banks_.at(static_cast<std::size_t>(found - names_.begin()));
    all.push_back(transport_files(section.name, transport_of(section), *bank.http, clock));
    all.push_back(signing_files(section.name, section.signing_key.string(), section.signing_key_id,
                                *bank.signer));
  }
  return all;
}

std::vector<payments::WatchedBank> Banks::with_events(const ServerConfig& config) const {
  std::vector<payments::WatchedBank> watched;
  for (const BankSection& section : config.banks) {
    rails::EventSource* source = rails_.at(section.name)->events();
    if (source == nullptr) continue;
    // One bank tells all versions of its API the same.
    payments::EventOrigin origin{section.name, {}};
    for (const BankSection& other : config.banks) {
      if (other.issuer == section.issuer && other.client_id == section.client_id) {
        origin.rails.push_back(other.name);
      }
    }
    const std::string_view version = section.version == "3.1.11" ? "v3.1" : "v4.0";
    watched.push_back(
        {.origin = std::move(origin),
         .issuer = section.events_issuer.empty() ? section.issuer : section.events_issuer,
         .source = source,
         .delivery = section.events,
         .interval = section.events_interval,
         .callback_url = fmt::format("{}/open-banking/{}/event-notifications",
                                     config.http.public_url, version)});
  }
  return watched;
}

void Banks::stop() {
  for (Bank& bank : banks_) bank.http.reset();
}

}  // namespace remit::app
