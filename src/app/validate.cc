#include "app/commands.h"
#include "app/server_config.h"
#include "kit/base/codec/json.h"
#include "terms/account.h"
#include "terms/creditor_reference.h"

#include <algorithm>
#include <cstdio>

namespace remit::app {
namespace {

struct Options {
  std::vector<std::string> accounts;
  std::optional<std::string> config;
  bool json = false;
};

/// A creditor reference, an IBAN, or a UK sort code and account number together, in any of the ways in which people write them.
Result<std::string> check(const std::string& text, const terms::ModulusTable& modulus) {
  if (text.starts_with("RF") || text.starts_with("rf")) {
    return terms::validate_creditor_reference(text);
  }
  const auto letter = std::ranges::find_if(
      text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
  const bool iban = letter != text.end();
  terms::Account account = TRY(terms::validate(
      {iban ? terms::AccountScheme::Iban : terms::AccountScheme::SortCodeAccountNumber, text}));
  if (!iban) TRY(terms::check_number(modulus, account.identification, "account_number"));
  return std::move(account.identification);
}

bool say(const std::string& text, const terms::ModulusTable& modulus, bool json) {
  const Result<std::string> account = check(text, modulus);
  if (json) {
    print(fmt::format(R"({{"account":{},"valid":{},"reason":"{}"}})"
                      "\n",
                      codec::to_json(text), account.has_value(),
                      account ? "" : account.error().reason));
  } else if (account) {
    print(fmt::format("valid    {}\n", *account));
  } else {
    print(fmt::format("invalid  {}  {}\n", text, account.error().message));
  }
  return account.has_value();
}

/// The next line of standard input, cut at what no account is as long as; nullopt at the end.
std::optional<std::string> read_line() {
  constexpr std::size_t kLineBytesMax = 1024;
  std::string line;
  int c = std::getc(stdin);
  if (c == EOF) return std::nullopt;
  for (; c != EOF && c != '\n'; c = std::getc(stdin)) {
    if (line.size() < kLineBytesMax) line.push_back(static_cast<char>(c));
  }
  return line;
}

int run(const Options& options) {
  terms::ModulusTable modulus;
  if (options.config) {
    const auto config = load_server_config(options.config);
    if (!config) return report(config.error(), options.json);
    auto table = load_modulus_table(config->payments);
    if (!table) return report(table.error(), options.json);
    modulus = *std::move(table);
  }
  bool all = true;
  for (const std::string& account : options.accounts) {
    if (account != "-") {
      all = say(account, modulus, options.json) && all;
      continue;
    }
    while (const std::optional<std::string> line = read_line()) {
      all = say(*line, modulus, options.json) && all;
    }
  }
  return all ? 0 : 1;
}

}  // namespace

void add_validate(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "validate",
      "Says whether IBANs, UK sort codes with account numbers, and creditor references are well "
      "formed.");
  command
      ->add_option("accounts", options->accounts,
                   "\"GB29 NWBK 6016 1331 9268 19\", \"20-45-14 10000001\", \"RF18 5390 0754 "
                   "7034\"; - reads lines")
      ->required();
  command->add_option("--config", options->config,
                      "TOML file that names the tables of modulus checking");
  command->add_flag("--json", options->json, "Prints JSON");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace remit::app
