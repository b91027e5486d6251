#include "app/admin_client.h"
#include "app/banks.h"
#include "app/certificate_watch.h"
#include "app/commands.h"
#include "app/server_config.h"
#include "kit/base/codec/json.h"
#include "kit/net/curl_client.h"
#include "kit/net/tls_material.h"

#include <filesystem>

namespace remit::app {
namespace {

struct Finding {
  std::string what;
  bool fine = true;
  std::string detail;
};

Finding check_data(const ServerConfig& config) {
  std::error_code error;
  const std::filesystem::path& data = config.data.directory;
  if (!std::filesystem::exists(data, error)) {
    return {"data directory", true,
            fmt::format("{} does not exist yet; `remit serve` makes it", data.string())};
  }
  const auto space = std::filesystem::space(data, error);
  constexpr std::uintmax_t kGibibyte = 1024ULL * 1024 * 1024;
  if (!error && space.available < kGibibyte) {
    return {"data directory", false,
            fmt::format("{} has {} MiB free; appends stop when the disk is full", data.string(),
                        space.available / (1024 * 1024))};
  }
  return {"data directory", true, data.string()};
}

Finding check_server(const ServerConfig& config) {
  const auto status = ask_admin(config.data.directory, "GET", "/admin/status");
  if (!status) return {"server", true, "not running"};
  const auto document = codec::JsonDocument::parse(*status, {});
  return {"server", true,
          "running at " + (document ? text_at(document->root(), "url") : std::string("?"))};
}

/// Of files that `remit serve` would take: whether they fit together, and for how long.
Finding check_certificates(const std::string& what, const net::TlsFiles& files) {
  const Timestamp now = SystemClock().now();
  const auto material = net::load_tls(files, now);
  if (!material) return {what, false, material.error().message};
  Timestamp end = *(*material)->certificate_expires_at;
  if ((*material)->authorities_expire_at) end = std::min(end, *(*material)->authorities_expire_at);
  const bool fine = end - now > kCertificateDueBefore;
  const auto days = std::chrono::duration_cast<std::chrono::days>(end - now).count();
  return {what, fine,
          fmt::format("{} {}: {} days from now", fine ? "good until" : "RENEW before",
                      to_rfc3339(end), days)};
}

Finding check_discovery(const std::string& what, const std::string& issuer,
                        const net::TlsFiles& transport) {
  auto client = net::CurlClient::start({.name = "doctor", .tls = transport});
  if (!client) return {what, false, client.error().message};
  const auto answer = net::send_and_wait(
      **client, {.method = "GET", .url = issuer + "/.well-known/openid-configuration"});
  if (!answer) return {what, false, answer.error().message};
  if (answer->status != 200) {
    return {what, false, fmt::format("discovery below {} answers {}", issuer, answer->status)};
  }
  return {what, true, "answers at " + issuer};
}

/// Fine, since somebody chose it; told, since somebody else may not know.
Finding tell_relaxations(const BankSection& bank) {
  const auto names = rails::open_banking_uk::relaxations(bank.quirks);
  if (names.empty()) return {"bank " + bank.name, true, "every check of its answers is on"};
  return {"bank " + bank.name, true,
          fmt::format("RELAXED by banks.quirks: {}; switch them off when the bank can do better",
                      fmt::join(names, ", "))};
}

int examine(const std::optional<std::string>& path, bool json) {
  const Result<ServerConfig> config = load_server_config(path);
  if (!config) return report(config.error(), json);
  std::vector<Finding> findings;
  for (const std::string& problem : check(*config))
    findings.push_back({"configuration", false, problem});
  if (findings.empty()) findings.push_back({"configuration", true, "complete"});
  findings.push_back(check_data(*config));
  findings.push_back(check_server(*config));
  if (!config->http.tls_certificate.empty()) {
    findings.push_back(check_certificates(
        "certificate of the API", {.certificate_chain = config->http.tls_certificate.string(),
                                   .private_key = config->http.tls_key.string()}));
  }
  for (const BankSection& bank : config->banks) {
    findings.push_back(
        check_certificates("certificates for bank " + bank.name, transport_of(bank)));
    findings.push_back(tell_relaxations(bank));
    findings.push_back(check_discovery("bank " + bank.name, bank.issuer, transport_of(bank)));
  }
  if (const auto& payees = config->payee_verification; !payees.api_url.empty()) {
    const std::string what = "payee verification";
    findings.push_back(check_certificates("certificates for " + what, transport_of(payees)));
    findings.push_back({what, true,
                        payees.unsigned_answers
                            ? "RELAXED by unsigned_answers: TLS alone vouches for its answers"
                            : "every check of its answers is on"});
    findings.push_back(check_discovery(what, payees.issuer, transport_of(payees)));
  }
  bool fine = true;
  std::string text;
  std::vector<std::string> items;
  for (const Finding& finding : findings) {
    fine = fine && finding.fine;
    text +=
        fmt::format("{} {}: {}\n", finding.fine ? "ok  " : "FAIL", finding.what, finding.detail);
    items.push_back(fmt::format(R"({{"what":{},"fine":{},"detail":{}}})",
                                codec::to_json(finding.what), finding.fine,
                                codec::to_json(finding.detail)));
  }
  print(json ? fmt::format("{{\"fine\":{},\"findings\":[{}]}}\n", fine, fmt::join(items, ","))
             : text);
  return fine ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& program, int& exit) {
  auto path = std::make_shared<std::optional<std::string>>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command = program.add_subcommand(
      "doctor", "Says what is wrong with the configuration and what it names.");
  command->add_option("--config", *path, "TOML file; remit.toml if it exists");
  command->add_flag("--json", *json, "Prints JSON");
  command->callback([path, json, &exit] { exit = examine(*path, *json); });
}

}  // namespace remit::app
