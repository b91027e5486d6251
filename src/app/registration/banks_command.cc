#include "app/commands.h"
#include "app/operator.h"
#include "app/registration/bank_registration.h"
#include "app/table.h"
#include "kit/base/codec/json.h"

#include <algorithm>

/// `remit banks`: the configured banks, and our registrations there.
namespace remit::app {
namespace {

using rails::open_banking_uk::Registration;

struct Options {
  std::optional<std::string> config;
  bool json = false;
  std::string bank;
  bool dry_run = false;
  std::string client_id;
  std::string evidence;
};

/// What the commands work with.
struct Bench {
  ServerConfig config;
  SystemClock clock;
  SystemEntropy entropy;
  std::unique_ptr<BankRegistration> registration;
};

Result<std::unique_ptr<Bench>> set_up(const Options& options) {
  auto bench = std::make_unique<Bench>();
  bench->config = TRY(load_server_config(options.config));
  const auto section = std::ranges::find(bench->config.banks, options.bank, &BankSection::name);
  if (section == bench->config.banks.end()) {
    return fail(ErrorCode::NotFound, "bank_not_configured",
                fmt::format("No bank is called {}; `remit banks list` shows them.", options.bank));
  }
  bench->registration = TRY(BankRegistration::open(bench->config, *section, bench->clock,
                                                   bench->entropy, actor_of_process()));
  return bench;
}

std::string document_of(const Options& options, const RegistrationRecord& record,
                        const std::vector<std::string>& remarks, const std::string& metadata) {
  codec::JsonWriter json;
  json.begin_object();
  const auto add = [&](std::string_view key, std::string_view text) {
    json.write_key(key);
    json.write_string(text);
  };
  add("bank", options.bank);
  add("state", state_name(record.state));
  add("client_id", record.client_id);
  add("software_id", record.software_id);
  add("request_id", record.request_id);
  add("requested_by", record.requested_by);
  if (!record.problem.empty()) add("problem", record.problem);
  json.write_key("remarks");
  codec::write_json(json, remarks);
  json.write_key("earlier");
  codec::write_json(json, record.earlier);
  json.write_key("metadata");
  json.write_raw(metadata);
  json.end_object();
  return json.take() + "\n";
}

/// What became of it, for a person or a program; fails when it must not be used.
int tell(const Options& options, const BankRegistration& registration, const Registration& answer,
         std::string_view what) {
  const RegistrationRecord& record = registration.record();
  if (options.json) {
    print(document_of(options, record, answer.remarks, answer.metadata));
  } else {
    print(fmt::format("{} {} as {}\n", what, options.bank, answer.client_id));
    for (const std::string& remark : answer.remarks) print("  " + remark + "\n");
  }
  return answer.unfit ? report(*answer.unfit, options.json) : 0;
}

int list(const Options& options) {
  const auto config = load_server_config(options.config);
  if (!config) return report(config.error(), options.json);
  codec::JsonWriter json;
  json.begin_object();
  json.write_key("data");
  json.begin_array();
  for (const BankSection& bank : config->banks) {
    std::string_view state = "configured";
    if (!bank.registration_file.empty()) {
      const auto record = read_registration_record(bank.registration_file);
      if (!record) return report(record.error(), options.json);
      state = state_name(*record ? (*record)->state : RegistrationState::Unregistered);
    }
    json.begin_object();
    for (const auto& [key, text] :
         {std::pair<std::string_view, std::string_view>{"name", bank.name},
          {"issuer", bank.issuer},
          {"version", bank.version},
          {"client_id", bank.client_id},
          {"registration", state}}) {
      json.write_key(key);
      json.write_string(text);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return print_items(json.take() + (options.json ? "\n" : ""), options.json,
                     {{"BANK", "name"},
                      {"ISSUER", "issuer"},
                      {"VERSION", "version"},
                      {"CLIENT", "client_id"},
                      {"REGISTRATION", "registration"}});
}

int register_client(const Options& options) {
  const auto bench = set_up(options);
  if (!bench) return report(bench.error(), options.json);
  BankRegistration& registration = *(*bench)->registration;
  if (options.dry_run) {
    const auto prepared = registration.prepare();
    if (!prepared) return report(prepared.error(), options.json);
    print(fmt::format(R"({{"endpoint":{},"claims":{}}})"
                      "\n",
                      codec::to_json(prepared->endpoint), prepared->request.claims));
    return 0;
  }
  const auto made = registration.create();
  if (!made) return report(made.error(), options.json);
  return tell(options, registration, *made, "Registered at");
}

int show(const Options& options) {
  const auto bench = set_up(options);
  if (!bench) return report(bench.error(), options.json);
  BankRegistration& registration = *(*bench)->registration;
  auto found = registration.read();
  if (!found && found.error().code == ErrorCode::Unsupported) {
    // Banks need not offer this; what they answered at first is what there is.
    print(document_of(options, registration.record(), {found.error().message},
                      registration.record().metadata.text));
    return 0;
  }
  if (!found) return report(found.error(), options.json);
  print(document_of(options, registration.record(), found->remarks, found->metadata));
  return found->unfit ? report(*found->unfit, options.json) : 0;
}

int change(const Options& options) {
  const auto bench = set_up(options);
  if (!bench) return report(bench.error(), options.json);
  const auto changed = (*bench)->registration->update();
  if (!changed) return report(changed.error(), options.json);
  return tell(options, *(*bench)->registration, *changed, "Registered anew at");
}

int adopt(const Options& options) {
  const auto bench = set_up(options);
  if (!bench) return report(bench.error(), options.json);
  const auto found = (*bench)->registration->adopt(options.client_id);
  if (!found) return report(found.error(), options.json);
  return tell(options, *(*bench)->registration, *found, "Known at");
}

int end(const Options& options, bool abandons) {
  const auto bench = set_up(options);
  if (!bench) return report(bench.error(), options.json);
  BankRegistration& registration = *(*bench)->registration;
  const Result<void> ended =
      abandons ? registration.abandon(options.evidence) : registration.remove(options.client_id);
  if (!ended) return report(ended.error(), options.json);
  if (options.json) print(document_of(options, registration.record(), {}, "null"));
  return 0;
}

CLI::App* add_command(CLI::App* parent, const std::shared_ptr<Options>& options, const char* name,
                      const char* help) {
  CLI::App* command = parent->add_subcommand(name, help);
  command->add_option("bank", options->bank, "Its name in the configuration")->required();
  return command;
}

void add_registration(CLI::App* banks, const std::shared_ptr<Options>& options, int& exit) {
  CLI::App* group = banks->add_subcommand("registration", "Our registration at a bank.");
  group->require_subcommand(1);
  group->fallthrough();
  add_command(group, options, "show", "What the bank says of it now, as JSON.")
      ->callback([options, &exit] { exit = show(*options); });
  add_command(group, options, "update",
              "Asks for all of it again: after new redirect URIs, keys or certificates.")
      ->callback([options, &exit] { exit = change(*options); });
  CLI::App* removal =
      add_command(group, options, "delete", "Ends it: payments at the bank end too.");
  removal->add_option("--client-id", options->client_id, "Which one, as `show` names it")
      ->required();
  removal->callback([options, &exit] { exit = end(*options, false); });
  CLI::App* adoption = add_command(
      group, options, "adopt",
      "Takes a registration that the bank has: one whose answer was lost, or of its portal.");
  adoption->add_option("--client-id", options->client_id, "As the bank names it")->required();
  adoption->callback([options, &exit] { exit = adopt(*options); });
  CLI::App* given_up =
      add_command(group, options, "abandon", "Gives up a request whose outcome is unknown.");
  given_up
      ->add_option("--evidence", options->evidence,
                   "What shows that the bank has no registration; remembered")
      ->required();
  given_up->callback([options, &exit] { exit = end(*options, true); });
}

}  // namespace

void add_banks(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("banks", "The configured banks, and our registrations there.");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--config", options->config, "TOML file; remit.toml if it exists");
  command->add_flag("--json", options->json, "Prints JSON");
  command->add_subcommand("list", "Who we are at each of them.")->callback([options, &exit] {
    exit = list(*options);
  });
  CLI::App* registering =
      add_command(command, options, "register",
                  "Registers us as a client (OpenBanking UK Dynamic Client Registration).");
  registering->add_flag("--dry-run", options->dry_run, "Prints the claims and sends nothing");
  registering->callback([options, &exit] { exit = register_client(*options); });
  add_registration(command, options, exit);
}

}  // namespace remit::app
