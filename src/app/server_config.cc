#include "app/server_config.h"

#include "app/registration/registration_record.h"
#include "kit/base/durable_file.h"
#include "pay/api/rate_limits.h"
#include "pay/payments/limits.h"

#include <set>

namespace remit::app {
namespace {

constexpr std::size_t kConfigBytesMax = 1024 * 1024;
constexpr const char* kDefaultPath = "remit.toml";
constexpr auto kHttpTimeoutMax = std::chrono::seconds(600);

void need_file(std::vector<std::string>& problems, const std::filesystem::path& path,
               std::string_view key) {
  std::error_code error;
  if (path.empty()) {
    problems.push_back(fmt::format("{} is missing: name a PEM file.", key));
  } else if (!std::filesystem::is_regular_file(path, error)) {
    problems.push_back(fmt::format("{}: {} is no readable file.", key, path.string()));
  }
}

void need_text(std::vector<std::string>& problems, const std::string& text, std::string_view key) {
  if (text.empty()) problems.push_back(fmt::format("{} is missing.", key));
}

void check_events(std::vector<std::string>& problems, const BankSection& bank,
                  const std::string& at) {
  if (bank.events != payments::EventDelivery::None)
    need_text(problems, bank.events_url, at + "events_url");
  if (!bank.events_url.empty() && !bank.events_url.starts_with("https://")) {
    problems.push_back(
        fmt::format("{}events_url: {} does not begin with https://.", at, bank.events_url));
  }
  if (bank.events_interval < std::chrono::milliseconds(100) ||
      bank.events_interval > std::chrono::hours(1)) {
    problems.push_back(fmt::format("{}events_interval: 100ms to 1h.", at));
  }
  if (bank.status_poll_interval < payments::kPollDelayMin ||
      bank.status_poll_interval > payments::kPollDelayMax) {
    problems.push_back(fmt::format("{}status_poll_interval: 1s to 1h.", at));
  }
}

/// A bank is known to us by a client_id, or by a registration that holds it.
void check_client(std::vector<std::string>& problems, const BankSection& bank,
                  const std::string& at) {
  if (bank.registration_file.empty()) return need_text(problems, bank.client_id, at + "client_id");
  const auto record = read_registration_record(bank.registration_file);
  if (!record) {
    problems.push_back(fmt::format("{}registration_file: {}", at, record.error().message));
    return;
  }
  const RegistrationState state = *record ? (*record)->state : RegistrationState::Unregistered;
  if (state != RegistrationState::Registered) {
    problems.push_back(fmt::format("{}registration_file: {} is {}; see `remit banks register {}`.",
                                   at, bank.registration_file.string(), state_name(state),
                                   bank.name));
  } else if ((*record)->issuer != bank.issuer) {
    problems.push_back(fmt::format("{}registration_file: {} is of the bank {}.", at,
                                   bank.registration_file.string(), (*record)->issuer));
  } else if ((*record)->client_id != bank.client_id) {
    problems.push_back(fmt::format("{}client_id: {} holds another one; leave client_id out.", at,
                                   bank.registration_file.string()));
  }
}

/// Whoever is called: a bank, or who verifies payees.
template <class Section>
void check_party(std::vector<std::string>& problems, const Section& section,
                 const std::string& at) {
  need_text(problems, section.issuer, at + "issuer");
  need_text(problems, section.api_url, at + "api_url");
  need_text(problems, section.signature_issuer, at + "signature_issuer");
  need_text(problems, section.signing_key_id, at + "signing_key_id");
  need_file(problems, section.signing_key, at + "signing_key");
  need_file(problems, section.transport_certificate, at + "transport_certificate");
  need_file(problems, section.transport_key, at + "transport_key");
  for (const std::string* url : {&section.issuer, &section.api_url}) {
    if (!url->empty() && !url->starts_with("https://")) {
      problems.push_back(
          fmt::format("{}issuer and api_url: {} does not begin with https://.", at, *url));
    }
  }
}

void check_bank(std::vector<std::string>& problems, const BankSection& bank, std::size_t index) {
  const std::string at = fmt::format("banks[{}].", index);
  need_text(problems, bank.name, at + "name");
  check_party(problems, bank, at);
  check_client(problems, bank, at);
  need_text(problems, bank.bank_signature_issuer, at + "bank_signature_issuer");
  if (bank.version != "3.1.11" && bank.version != "4.0") {
    problems.push_back(fmt::format(R"({}version: "3.1.11" or "4.0", not "{}".)", at, bank.version));
  }
  check_events(problems, bank, at);
  const std::string_view others = bank.version == "4.0" ? "/v3.1/" : "/v4.0/";
  if (bank.api_url.find(others) != std::string::npos) {
    problems.push_back(
        fmt::format("{}api_url: {} is not of version {}.", at, bank.api_url, bank.version));
  }
}

void check_payee_verification(std::vector<std::string>& problems,
                              const PayeeVerificationSection& section) {
  const std::string at = "payee_verification.";
  if (section.usable_for < std::chrono::minutes(1) || section.usable_for > payees::kUsableForMax) {
    problems.push_back(at + "usable_for: 1m to 400 days.");
  }
  if (section.api_url.empty()) {
    if (section.payments_required || section.payouts_required) {
      problems.push_back(at +
                         "api_url is missing: nobody could verify the payees that are required.");
    }
    return;
  }
  check_party(problems, section, at);
  need_text(problems, section.client_id, at + "client_id");
  need_text(problems, section.responder_signature_issuer, at + "responder_signature_issuer");
  if (section.call_timeout < std::chrono::milliseconds(100) ||
      section.call_timeout > std::chrono::minutes(1)) {
    problems.push_back(at + "call_timeout: 100ms to 60s.");
  }
}

void check_limit(std::vector<std::string>& problems, std::uint32_t per_second, std::uint32_t burst,
                 std::string_view of) {
  if (per_second == 0) return;
  if (burst > 0 && burst <= api::kRateLimitMax && per_second <= api::kRateLimitMax) return;
  problems.push_back(fmt::format("{0}_requests_per_second_max and {0}_burst_max: 1 to {1}.", of,
                                 api::kRateLimitMax));
}

void check_http(std::vector<std::string>& problems, const HttpSection& http) {
  if (http.tls_certificate.empty() != http.tls_key.empty()) {
    problems.emplace_back("http.tls_certificate and http.tls_key: give both or neither.");
  }
  if (!http.tls_certificate.empty()) {
    need_file(problems, http.tls_certificate, "http.tls_certificate");
    need_file(problems, http.tls_key, "http.tls_key");
  }
  check_limit(problems, http.address_requests_per_second_max, http.address_burst_max,
              "http.address");
  if (http.connections_max == 0 || http.connections_per_address_max == 0 ||
      http.connections_per_address_max > http.connections_max) {
    problems.emplace_back("http.connections_per_address_max: from 1 to http.connections_max.");
  }
  for (const auto& [name, timeout] :
       {std::pair("header", http.header_timeout), std::pair("body", http.body_timeout),
        std::pair("write", http.write_timeout), std::pair("idle", http.idle_timeout)}) {
    if (timeout >= std::chrono::seconds(1) && timeout <= kHttpTimeoutMax) continue;
    problems.push_back(fmt::format("http.{}_timeout: 1s to {}s.", name, kHttpTimeoutMax.count()));
  }
}

}  // namespace

Result<ServerConfig> load_server_config(const std::optional<std::string>& path) {
  service::ConfigSource source{.path = path.value_or(kDefaultPath),
                               .environment = service::remit_environment()};
  Result<Bytes> text = read_file(source.path, kConfigBytesMax);
  if (text) {
    source.text = as_text(*text);
  } else if (path || text.error().reason != "file_not_found") {
    return std::unexpected(std::move(text).error());
  }
  Result<ServerConfig> config = service::load_config<ServerConfig>(source);
  if (!config) return config;
  for (BankSection& bank : config->banks) {
    if (!bank.client_id.empty() || bank.registration_file.empty()) continue;
    // What is wrong with the file is for check() to say.
    const auto record = read_registration_record(bank.registration_file);
    if (record && *record && (*record)->state == RegistrationState::Registered) {
      bank.client_id = (*record)->client_id;
    }
  }
  return config;
}

Result<terms::ModulusTable> load_modulus_table(const PaymentsSection& payments) {
  constexpr std::size_t kTableBytesMax = 1024 * 1024;
  const auto text_of = [](const std::filesystem::path& path) -> Result<std::string> {
    if (path.empty()) return std::string();
    return std::string(as_text(TRY(read_file(path.string(), kTableBytesMax))));
  };
  const std::string weights = TRY(text_of(payments.modulus_weights));
  return terms::ModulusTable::parse(weights, TRY(text_of(payments.modulus_substitutions)));
}

std::vector<std::string> check(const ServerConfig& config) {
  std::vector<std::string> problems;
  if (config.banks.empty())
    problems.emplace_back("[[banks]] is missing: payments need a bank; try `remit sandbox`.");
  std::set<std::string> names;
  for (std::size_t i = 0; i < config.banks.size(); ++i) {
    check_bank(problems, config.banks[i], i);
    if (!names.insert(config.banks[i].name).second) {
      problems.push_back(
          fmt::format("banks[{}].name: two banks are called {}.", i, config.banks[i].name));
    }
  }
  check_payee_verification(problems, config.payee_verification);
  check_http(problems, config.http);
  check_limit(problems, config.clients.key_requests_per_second_max, config.clients.key_burst_max,
              "clients.key");
  if (const auto table = load_modulus_table(config.payments); !table) {
    problems.push_back("payments.modulus_weights: " + table.error().message);
  }
  if (config.webhooks.retry_delays.empty()) {
    problems.emplace_back("webhooks.retry_delays: name at least one delay.");
  }
  if (config.webhooks.in_flight_max == 0) {
    problems.emplace_back("webhooks.in_flight_max: at least 1.");
  }
  const std::filesystem::path heads = config.journal.heads.parent_path();
  std::error_code error;
  if (!heads.empty() && !std::filesystem::is_directory(heads, error)) {
    problems.push_back(fmt::format("journal.heads: the folder {} does not exist.", heads.string()));
  }
  return problems;
}

}  // namespace remit::app
