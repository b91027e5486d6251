#include "app/banks.h"

namespace remit::app {
namespace {

rails::open_banking_uk::Options options_of(const BankSection& bank, const HttpSection& http) {
  return {.name = bank.name,
          .issuer = bank.issuer,
          .api_url = bank.api_url,
          .version = bank.version == "3.1.11" ? rails::open_banking_uk::ApiVersion::V3
                                              : rails::open_banking_uk::ApiVersion::V4,
          .client_id = bank.client_id,
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
          .call_timeout = bank.call_timeout};
}

}  // namespace

Result<Banks> Banks::open(const ServerConfig& config, Clock& clock, Entropy& entropy) {
  Banks banks;
  for (const BankSection& section : config.banks) {
    Bank bank;
    bank.signer = TRY(jose::PemSigner::load(section.signing_key.string(), section.signing_key_id));
    bank.http = TRY(net::CurlClient::start(
        {.name = "bank-" + section.name,
         .tls = net::TlsFiles{.certificate_chain = section.transport_certificate.string(),
                              .private_key = section.transport_key.string(),
                              .trusted_authorities = section.trusted_authorities.string()}}));
    bank.rail = std::make_unique<rails::open_banking_uk::OpenBankingUkRail>(
        options_of(section, config.http),
        rails::open_banking_uk::Ports{*bank.http, *bank.signer, clock, entropy});
    banks.rails_.emplace(section.name, bank.rail.get());
    banks.names_.push_back(section.name);
    banks.banks_.push_back(std::move(bank));
  }
  return banks;
}

void Banks::stop() {
  for (Bank& bank : banks_) bank.http.reset();
}

}  // namespace remit::app
