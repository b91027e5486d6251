#include "lab/bank/sandbox.h"

#include "app/commands.h"
#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"
#include "kit/base/host.h"
#include "kit/service/life_cycle.h"
#include "lab/bank/bank.h"

#include <filesystem>

namespace remit::app {
namespace {

struct SandboxOptions {
  std::string directory = "remit-sandbox";
  std::string public_url = "https://127.0.0.1:8443";
  std::uint16_t port = 8444;
  std::uint16_t control_port = 8445;
  std::string version = "4.0";
  std::string events = "poll";
  bool confirm_funds = false;
  bool unregistered = false;
  bool automatic_payer = false;
  bool record = false;
  bool json = false;
  std::uint64_t seed = 1;
};

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).string();
}

/// Who the server is at the bank: a client that it knows, or one that has yet to register.
std::string client_config(const lab::bank::Sandbox& sandbox, const SandboxOptions& options) {
  if (!options.unregistered) return fmt::format("client_id = \"{}\"", sandbox.client_id);
  return fmt::format("registration_file = \"{}\"\nsoftware_statement = \"{}\"",
                     absolute(options.directory + "/registration.json"),
                     absolute(sandbox.software_statement_file));
}

/// What the server signs with and shows, and whom it believes: the same wherever it calls the bank.
std::string credentials_config(const lab::bank::Sandbox& sandbox) {
  return fmt::format(R"(signature_issuer = "{issuer}"
trust_anchor = "{anchor}"
signing_key = "{signing_key}"
signing_key_id = "{kid}"
transport_certificate = "{transport}"
transport_key = "{transport_key}"
trusted_authorities = "{authorities}"
)",
                     fmt::arg("issuer", sandbox.signature_issuer),
                     fmt::arg("anchor", sandbox.options.trust_anchor),
                     fmt::arg("signing_key", absolute(sandbox.pki.tpp_signing_key())),
                     fmt::arg("kid", sandbox.tpp_signing_kid),
                     fmt::arg("transport", absolute(sandbox.pki.transport_certificate())),
                     fmt::arg("transport_key", absolute(sandbox.pki.transport_key())),
                     fmt::arg("authorities", absolute(sandbox.pki.authority_certificate())));
}

/// The model bank serves both versions of the standard, so the server has it twice.
std::string bank_config(const lab::bank::Sandbox& sandbox, const std::string& bank_url,
                        const SandboxOptions& options, const std::string& name,
                        std::string_view version) {
  const std::string_view path = version == "4.0" ? "v4.0" : "v3.1";
  // A bank keeps one subscription, and tells it of the payments of both versions.
  std::string events;
  if (version == options.version) {
    events = fmt::format(
        "events = \"{}\"\nevents_url = \"{}/open-banking/{}\"\nevents_interval = \"1s\"\n",
        options.events, bank_url, path);
  }
  return fmt::format(R"(
[[banks]]
name = "{name}"
issuer = "{bank}"
api_url = "{bank}/open-banking/{path}/pisp"
version = "{version}"
confirm_funds = {funds}
{client}
bank_signature_issuer = "{bank_issuer}"
{credentials}call_timeout = "5s"
{events})",
                     fmt::arg("name", name), fmt::arg("bank", bank_url), fmt::arg("path", path),
                     fmt::arg("version", version), fmt::arg("funds", options.confirm_funds),
                     fmt::arg("events", events),
                     fmt::arg("client", client_config(sandbox, options)),
                     fmt::arg("bank_issuer", sandbox.options.organisation_id),
                     fmt::arg("credentials", credentials_config(sandbox)));
}

/// Who says whose account it is: the same bank, and to those alone whom it knows.
std::string payee_config(const lab::bank::Sandbox& sandbox, const std::string& bank_url,
                         const SandboxOptions& options) {
  if (options.unregistered) return {};
  return fmt::format(R"(
[payee_verification]
issuer = "{bank}"
api_url = "{bank}/open-banking/v1.0/cop"
client_id = "{client}"
responder_signature_issuer = "{bank_issuer}"
{credentials})",
                     fmt::arg("bank", bank_url), fmt::arg("client", sandbox.client_id),
                     fmt::arg("bank_issuer", sandbox.options.organisation_id),
                     fmt::arg("credentials", credentials_config(sandbox)));
}

/// The configuration with which `remit serve` uses this bank; the first entry is where payments go that name none.
std::string server_config(const lab::bank::Sandbox& sandbox, const std::string& bank_url,
                          const SandboxOptions& options) {
  const std::size_t colon = options.public_url.rfind(':');
  std::string tls;
  if (options.public_url.starts_with("https:")) {
    tls =
        fmt::format("tls_certificate = \"{}\"\ntls_key = \"{}\"\n",
                    absolute(sandbox.pki.server_certificate()), absolute(sandbox.pki.server_key()));
  }
  const std::string_view other = options.version == "4.0" ? "3.1.11" : "4.0";
  return fmt::format(R"([http]
address = "127.0.0.1"
port = {port}
{tls}public_url = "{public_url}"
# Here one machine plays everybody.
address_requests_per_second_max = 0

[clients]
key_requests_per_second_max = 0

[webhooks]
allow_http = true
allow_private_addresses = true
retry_delays = ["1s", "5s", "30s", "5m", "30m", "2h", "10h"]

[data]
directory = "{data}"
)",
                     fmt::arg("port", options.public_url.substr(colon + 1)), fmt::arg("tls", tls),
                     fmt::arg("public_url", options.public_url),
                     fmt::arg("data", absolute(options.directory + "/remit-data"))) +
         payee_config(sandbox, bank_url, options) +
         bank_config(sandbox, bank_url, options, "model-bank", options.version) +
         bank_config(sandbox, bank_url, options, fmt::format("model-bank-{}", other), other);
}

Result<std::unique_ptr<lab::bank::Bank>> start_bank(const SandboxOptions& options, Host& host,
                                                    Clock& clock, Entropy& entropy,
                                                    lab::bank::Sandbox& sandbox) {
  sandbox = TRY(
      lab::bank::write_sandbox(options.directory, {options.public_url + "/callback"}, clock.now()));
  if (options.unregistered) sandbox.options.clients.clear();
  sandbox.options.port = options.port;
  sandbox.options.control_port = options.control_port;
  sandbox.options.automatic_payer = options.automatic_payer;
  sandbox.options.fault_seed = options.seed;
  sandbox.options.log_file = options.directory + "/bank.log";
  if (options.record) sandbox.options.record_file = options.directory + "/exchanges.jsonl";
  return lab::bank::Bank::start(sandbox.options, host, entropy);
}

int run(const SandboxOptions& options) {
  service::LifeCycle life;
  SystemClock clock;
  SystemEntropy entropy;
  const std::unique_ptr<Host> host = make_thread_host(clock);
  lab::bank::Sandbox sandbox;
  auto bank = start_bank(options, *host, clock, entropy, sandbox);
  if (!bank) return report(bank.error(), options.json);
  const std::string config_file = options.directory + "/remit.toml";
  const auto written = write_file_durably(
      config_file, as_bytes(server_config(sandbox, (*bank)->url(), options)), 0600);
  if (!written) return report(written.error(), options.json);
  if (options.json) {
    print(fmt::format(R"({{"bank":"{}","control":"{}","config":"{}"}})"
                      "\n",
                      (*bank)->url(), (*bank)->control_url(), config_file));
  } else {
    print(fmt::format(
        "The model bank answers at {}\n  its books and faults: {}/sandbox/books, "
        "/sandbox/faults\n{}  serve with it: remit serve --config {}\n",
        (*bank)->url(), (*bank)->control_url(),
        options.unregistered
            ? fmt::format("  register first: remit banks register model-bank --config {}\n",
                          config_file)
            : std::string(),
        config_file));
  }
  life.on_stop("bank", [&] { bank->reset(); });
  return life.run(std::chrono::seconds(10)).in_time ? 0 : 1;
}

}  // namespace

void add_sandbox(CLI::App& program, int& exit) {
  auto options = std::make_shared<SandboxOptions>();
  CLI::App* command =
      program.add_subcommand("sandbox",
                             "Runs a model UK bank with keys and certificates of its own, and "
                             "writes a configuration for `remit serve`.");
  command
      ->add_option("--directory", options->directory, "For keys, certificates and the bank's log")
      ->capture_default_str();
  command->add_option("--public-url", options->public_url, "Of the server that will use it")
      ->capture_default_str();
  command->add_option("--port", options->port, "Of the bank; 0 takes any that is free")
      ->capture_default_str();
  command->add_option("--control-port", options->control_port, "Of books and faults, plain HTTP")
      ->capture_default_str();
  command
      ->add_option("--standard", options->version,
                   "Version of the Read/Write API of the configuration's first bank; the second "
                   "has the other")
      ->check(CLI::IsMember({"3.1.11", "4.0"}))
      ->capture_default_str();
  command->add_option("--events", options->events, "How the bank's events come to the server")
      ->check(CLI::IsMember({"none", "poll", "push"}))
      ->capture_default_str();
  command->add_flag("--confirm-funds", options->confirm_funds,
                    "The server asks for the payer's funds before it hands a payment over");
  command->add_flag("--unregistered", options->unregistered,
                    "The bank does not know the server yet: `remit banks register` comes first");
  command->add_flag("--automatic-payer", options->automatic_payer,
                    "Approves every payment without a page");
  command->add_flag("--record", options->record,
                    "Writes every exchange to exchanges.jsonl in the directory");
  command->add_option("--seed", options->seed, "Of the faults that are drawn")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Prints JSON");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace remit::app
