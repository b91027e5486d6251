#pragma once

#include "kit/base/time.h"
#include "kit/net/server.h"
#include "kit/service/config.h"
#include "kit/service/log.h"
#include "pay/payees/limits.h"
#include "pay/payments/event_poller.h"
#include "pay/payments/payment.h"
#include "pay/webhooks/deliver.h"
#include "pay/webhooks/url_policy.h"
#include "rails/open_banking_uk/options.h"
#include "terms/modulus_table.h"

#include <boost/describe.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// What `remit serve` reads from its TOML file. `remit doctor` checks it.
namespace remit::app {

struct HttpSection {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::string public_url;
  std::uint32_t address_requests_per_second_max = 100;
  std::uint32_t address_burst_max = 500;
  std::size_t connections_max = net::ServerOptions().connections_max;
  std::size_t connections_per_address_max = net::ServerOptions().connections_per_address_max;
  Duration header_timeout = net::ServerOptions().header_timeout;
  Duration body_timeout = net::ServerOptions().body_timeout;
  std::uint64_t body_bytes_per_second_min = net::ServerOptions().body_bytes_per_second_min;
  Duration write_timeout = net::ServerOptions().write_timeout;
  Duration idle_timeout = net::ServerOptions().idle_timeout;
  static std::string_view describe(std::string_view key) {
    if (key == "address") return "Where the API listens.";
    if (key == "port") return "0 takes any that is free and prints it.";
    if (key == "tls_certificate") return "PEM chain; without it the API speaks plain HTTP.";
    if (key == "tls_key") return "PEM, mode 0600.";
    if (key == "public_url")
      return "How payers' browsers reach us; banks send them back to <public_url>/callback.";
    if (key == "address_requests_per_second_max")
      return "Of one remote address without a valid key, payers' browsers among them; 0 lifts it. "
             "Behind a proxy all share the proxy's address.";
    if (key == "address_burst_max") return "Of the same, at once after a pause.";
    if (key == "connections_max")
      return "Open at once; beyond it the one that is idle for longest makes way.";
    if (key == "connections_per_address_max")
      return "Of those, from one IPv4 address or one IPv6 network of 64 bits. Behind a proxy: as "
             "connections_max.";
    if (key == "header_timeout")
      return "From the first byte of a request to the end of its header.";
    if (key == "body_timeout") return "From there to the end of its body.";
    if (key == "body_bytes_per_second_min")
      return "Of a body that takes longer than 5s; 0 lifts it.";
    if (key == "write_timeout") return "For a client to take its answer.";
    if (key == "idle_timeout") return "Between two requests of a connection.";
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(HttpSection, (),
                      (address, port, tls_certificate, tls_key, public_url,
                       address_requests_per_second_max, address_burst_max, connections_max,
                       connections_per_address_max, header_timeout, body_timeout,
                       body_bytes_per_second_min, write_timeout, idle_timeout))

struct ClientsSection {
  std::uint32_t key_requests_per_second_max = 500;
  std::uint32_t key_burst_max = 1000;
  std::uint32_t key_requests_in_flight_max = 256;
  static std::string_view describe(std::string_view key) {
    if (key == "key_requests_per_second_max")
      return "Of each API key for which `remit clients limit` says nothing else; 0 lifts it.";
    if (key == "key_requests_in_flight_max")
      return "Of each API key, or of a client that is limited as a whole, under way at once; 0 "
             "lifts it.";
    return "Of the same, at once after a pause.";
  }
};
BOOST_DESCRIBE_STRUCT(ClientsSection, (),
                      (key_requests_per_second_max, key_burst_max, key_requests_in_flight_max))

struct DataSection {
  std::filesystem::path directory = "remit-data";
  std::filesystem::path master_key_file;
  static std::string_view describe(std::string_view key) {
    if (key == "directory") return "Journal, states, read models and keys of this server.";
    if (key == "master_key_file") {
      return "Wraps the keys that seal personal data; made if missing. Default: "
             "<directory>/keys/master.key, better on another "
             "volume.";
    }
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(DataSection, (), (directory, master_key_file))

struct JournalSection {
  std::filesystem::path heads;
  static std::string_view describe(std::string_view) {
    return "Where signed heads of the journal are kept, by which `remit verify` finds that its end "
           "was cut off. Default: "
           "<directory>/heads.jsonl, better on another volume.";
  }
};
BOOST_DESCRIBE_STRUCT(JournalSection, (), (heads))

struct OperatorsSection {
  std::string group;
  bool four_eyes = false;
  static std::string_view describe(std::string_view key) {
    if (key == "four_eyes") {
      return "What one operator does to money, another must approve: `remit approvals`. Needs "
             "people "
             "with accounts of their own on the machine; root counts as one person.";
    }
    return "Members of this group of the system may run the commands for operators, each under "
           "their own name in the audit. Empty: the server's own user alone.";
  }
};
BOOST_DESCRIBE_STRUCT(OperatorsSection, (), (group, four_eyes))

struct LogSection {
  service::LogLevel level = service::LogLevel::Info;
};
BOOST_DESCRIBE_STRUCT(LogSection, (), (level))

struct PaymentsSection {
  payments::SettlementBasis settles_on = payments::SettlementBasis::ExecutionIsFinal;
  std::filesystem::path modulus_weights;
  std::filesystem::path modulus_substitutions;
  static std::string_view describe(std::string_view key) {
    if (key == "modulus_weights") {
      return "Vocalink's table of weights (valacdos.txt): UK accounts are checked against it. "
             "Empty: not checked.";
    }
    if (key == "modulus_substitutions") return "The table beside it (scsubtab.txt).";
    return "What ends a payment: execution_is_final (ACSC) or credit_confirmation (ACCC or money "
           "seen).";
  }
};
BOOST_DESCRIBE_STRUCT(PaymentsSection, (), (settles_on, modulus_weights, modulus_substitutions))

struct WebhooksSection {
  bool allow_http = false;
  bool allow_private_addresses = false;
  std::vector<std::uint16_t> ports = webhooks::UrlPolicy().ports;
  std::filesystem::path trusted_authorities;
  Duration timeout = webhooks::DeliveryPolicy().timeout;
  std::vector<Duration> retry_delays = webhooks::DeliveryPolicy().retry_delays;
  Duration retry_for = webhooks::DeliveryPolicy().retry_for;
  std::uint32_t in_flight_max = webhooks::DeliveryPolicy().in_flight_max;
  static std::string_view describe(std::string_view key) {
    if (key == "allow_http") return "Clients may name http URLs beside https ones.";
    if (key == "allow_private_addresses") {
      return "Clients may name URLs in private networks, on any port: for receivers in one's own.";
    }
    if (key == "ports") return "That public URLs may name, and 80 for http ones.";
    if (key == "trusted_authorities") return "PEM; empty for the system's.";
    if (key == "timeout") return "Of one delivery.";
    if (key == "retry_delays") return "After the first, second, ... attempt; the last repeats.";
    if (key == "in_flight_max") return "Deliveries to one endpoint under way at once.";
    return "From the first attempt to the last.";
  }
};
BOOST_DESCRIBE_STRUCT(WebhooksSection, (),
                      (allow_http, allow_private_addresses, ports, trusted_authorities, timeout,
                       retry_delays, retry_for, in_flight_max))

/// Who is asked whose account it is, and which payments must have been.
struct PayeeVerificationSection {
  std::string api_url;
  std::string issuer;
  std::string client_id;
  std::string financial_id;
  std::string signature_issuer;
  std::string responder_signature_issuer;
  std::string trust_anchor = "openbanking.org.uk";
  std::filesystem::path signing_key;
  std::string signing_key_id;
  std::filesystem::path transport_certificate;
  std::filesystem::path transport_key;
  std::filesystem::path trusted_authorities;
  Duration call_timeout = std::chrono::seconds(5);
  bool unsigned_answers = false;
  bool payments_required = false;
  bool payouts_required = false;
  Duration usable_for = payees::kUsableForDefault;
  static std::string_view describe(std::string_view key) {
    if (key == "api_url")
      return "Of the responder, without /name-verification. Empty: payees are not verified.";
    if (key == "issuer") return "Of its authorisation server; discovery is read below it.";
    if (key == "signature_issuer")
      return "iss of our message signatures: orgId/softwareStatementId.";
    if (key == "responder_signature_issuer") return "iss that the responder's signatures carry.";
    if (key == "trusted_authorities") return "PEM; empty for the system's.";
    if (key == "call_timeout") return "Of each call; whoever pays waits for it. 100ms to 60s.";
    if (key == "unsigned_answers")
      return "RELAXES: answers without x-jws-signature are believed; TLS alone vouches for them.";
    if (key == "payments_required") return "POST /v1/payments must name a verification.";
    if (key == "payouts_required") return "POST /v1/payouts must name one.";
    if (key == "usable_for")
      return "For how long after it was made a verification may be named: 1m to 400 days.";
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(PayeeVerificationSection, (),
                      (api_url, issuer, client_id, financial_id, signature_issuer,
                       responder_signature_issuer, trust_anchor, signing_key, signing_key_id,
                       transport_certificate, transport_key, trusted_authorities, call_timeout,
                       unsigned_answers, payments_required, payouts_required, usable_for))

/// One bank of UK Open Banking.
struct BankSection {
  std::string name;
  std::string issuer;
  std::string api_url;
  std::string version = "4.0";
  std::string client_id;
  std::filesystem::path registration_file;
  std::filesystem::path software_statement;
  rails::open_banking_uk::ClientAuthentication client_authentication =
      rails::open_banking_uk::ClientAuthentication::PrivateKeyJwt;
  std::string tls_client_auth_subject_dn;
  std::string registration_endpoint;
  std::string registration_audience;
  std::string financial_id;
  std::string signature_issuer;
  std::string bank_signature_issuer;
  std::string trust_anchor = "openbanking.org.uk";
  std::filesystem::path signing_key;
  std::string signing_key_id;
  std::filesystem::path transport_certificate;
  std::filesystem::path transport_key;
  std::filesystem::path trusted_authorities;
  bool raw_payload = false;
  bool reports_credit_settlement = false;
  bool reads_refund_account = true;
  bool confirm_funds = false;
  Duration call_timeout = std::chrono::seconds(20);
  payments::EventDelivery events = payments::EventDelivery::None;
  std::string events_url;
  std::string events_issuer;
  Duration events_interval = std::chrono::seconds(10);
  Duration status_poll_interval = std::chrono::seconds(1);
  rails::open_banking_uk::Quirks quirks;
  static std::string_view describe(std::string_view key) {
    if (key == "name") return "By which payments name it.";
    if (key == "issuer") return "Of its authorisation server; discovery is read below it.";
    if (key == "api_url") return "https://bank.example/open-banking/v4.0/pisp";
    if (key == "client_id") return "Ours at this bank; or registration_file, which holds it.";
    if (key == "registration_file")
      return "Where `remit banks register` keeps the registration, client_id included.";
    if (key == "software_statement")
      return "The directory's assertion about our software (SSA), for `remit banks register`.";
    if (key == "client_authentication")
      return "At the token endpoint: private_key_jwt or tls_client_auth, as registered.";
    if (key == "tls_client_auth_subject_dn")
      return "As the bank wants it written; empty: the transport certificate's own (RFC 4514).";
    if (key == "registration_endpoint") return "Empty: as the bank's discovery says.";
    if (key == "registration_audience")
      return "aud of registration requests, where the bank wants its id at the directory; empty: "
             "issuer.";
    if (key == "signature_issuer")
      return "iss of our message signatures: orgId/softwareStatementId.";
    if (key == "bank_signature_issuer") return "iss that the bank's signatures carry.";
    if (key == "trusted_authorities") return "PEM; empty for the system's.";
    if (key == "raw_payload") return "The bank still wants b64=false (RFC 7797).";
    if (key == "reports_credit_settlement") return "The bank goes on to ACCC.";
    if (key == "reads_refund_account")
      return "Asks the bank for the payer's account, to which refunds are paid.";
    if (key == "events")
      return "How the bank's events come: none, poll, or push, which the bank sends to "
             "<public_url>/open-banking/v4.0/event-notifications (v3.1 for 3.1.11). They only have "
             "the status asked for sooner.";
    if (key == "events_url")
      return "https://bank.example/open-banking/v4.0, without a group. With events = none a "
             "subscription of before is ended there.";
    if (key == "events_issuer") return "iss of its events, where it is not issuer.";
    if (key == "events_interval") return "Between two polls for events.";
    if (key == "status_poll_interval")
      return "To the first query of a payment's status; each further one waits twice as long, up "
             "to "
             "an hour. 1s to 1h: with events it may be longer, where the bank's fair use asks for "
             "it.";
    if (key == "version") return "Of the Read/Write API: \"3.1.11\" or \"4.0\".";
    if (key == "confirm_funds")
      return "Asks the bank whether the payer has the money before a payment is handed over; "
             "without it the payment is rejected: funds_not_available.";
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(BankSection, (),
                      (name, issuer, api_url, version, client_id, registration_file,
                       software_statement, client_authentication, tls_client_auth_subject_dn,
                       registration_endpoint, registration_audience, financial_id, signature_issuer,
                       bank_signature_issuer, trust_anchor, signing_key, signing_key_id,
                       transport_certificate, transport_key, trusted_authorities, raw_payload,
                       reports_credit_settlement, reads_refund_account, confirm_funds, call_timeout,
                       events, events_url, events_issuer, events_interval, status_poll_interval,
                       quirks))

struct ServerConfig {
  HttpSection http;
  ClientsSection clients;
  DataSection data;
  JournalSection journal;
  OperatorsSection operators;
  LogSection log;
  PaymentsSection payments;
  WebhooksSection webhooks;
  PayeeVerificationSection payee_verification;
  std::vector<BankSection> banks;
};
BOOST_DESCRIBE_STRUCT(ServerConfig, (),
                      (http, clients, data, journal, operators, log, payments, webhooks,
                       payee_verification, banks))

/// Reads the file (which may be missing when its name was not given) and the environment, and takes the client_id of banks
/// that have none from their registration_file where that holds a registration in use.
Result<ServerConfig> load_server_config(const std::optional<std::string>& path);
/// The tables of modulus checking that it names; empty when it names none. Fails as reading and parsing them do.
Result<terms::ModulusTable> load_modulus_table(const PaymentsSection& payments);
/// Every problem that shows without starting: files, addresses, names. Empty when there is none.
std::vector<std::string> check(const ServerConfig& config);

}  // namespace remit::app
