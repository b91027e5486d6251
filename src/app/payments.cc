#include "app/admin_client.h"
#include "app/client/own_payments.h"
#include "app/commands.h"
#include "app/enum_names.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"
#include "pay/payments/payment.h"

/// `remit payments`, in two ways: operators ask a server on this machine by its local socket, and see the payments of all
/// clients; whoever has an API key asks by the API, and sees their own.
namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  const CLI::Option* data_option = nullptr;
  std::shared_ptr<ApiOptions> api = std::make_shared<ApiOptions>();
  std::string id;
  bool reveal = false;
  PaymentList wanted;
  bool needs_operator = false;
  bool executed = false;
  bool not_executed = false;
  std::string bank_payment_id;
  std::string evidence;
};

bool names_data(const Options& options) {
  return options.data_option->count() > 0;
}

/// What names a data directory or can be asked by operators alone is theirs; otherwise a key means the API.
bool by_api(const Options& options) {
  return !names_data(options) && !options.needs_operator && !options.reveal &&
         has_api_key(*options.api);
}

/// For operators. Whatever was typed is one segment of it.
std::string path_of(const Options& options) {
  return "/admin/payments/" + net::percent_encode(options.id);
}

int report_admin(Error error, const Options& options) {
  if (error.reason == "server_not_running" && !names_data(options)) {
    error.message += " Or ask the API, with a key in REMIT_API_KEY or --key-file.";
  }
  return report(error, options.api->json);
}

int list(const Options& options) {
  if (by_api(options)) return list_own_payments(*options.api, options.wanted);
  if (!options.wanted.kind.empty() || !options.wanted.client_reference.empty()) {
    return report_misuse({ErrorCode::InvalidArgument,
                          "api_key_not_given",
                          "--kind and --client-reference ask the API: set REMIT_API_KEY, or name a "
                          "file that holds the key with --key-file, and leave --data out.",
                          {},
                          nullptr},
                         options.api->json);
  }
  const std::string path =
      "/admin/payments" +
      query_of(options.wanted.page, {{"status", options.wanted.status},
                                     {"needs_operator", options.needs_operator ? "true" : ""}});
  const auto body = ask_admin(options.data, "GET", path);
  if (!body) return report_admin(body.error(), options);
  print_page(*body, options.api->json, payment_columns());
  return 0;
}

int show(const Options& options) {
  if (by_api(options)) return show_own_payment(*options.api, options.id);
  const std::string path = path_of(options);
  const auto body = options.reveal ? ask_admin(options.data, "POST", path + "/reveal", "{}")
                                   : ask_admin(options.data, "GET", path);
  if (!body) return report_admin(body.error(), options);
  print(*body + "\n");
  return 0;
}

int resolve(const Options& options) {
  if (options.executed == options.not_executed) {
    return report_misuse({ErrorCode::InvalidArgument,
                          "outcome_missing",
                          "Say what the evidence shows: --executed or --not-executed.",
                          {},
                          nullptr},
                         options.api->json);
  }
  std::string body = fmt::format("{{\"executed\":{},\"evidence\":{}", options.executed,
                                 codec::to_json(options.evidence));
  if (!options.bank_payment_id.empty()) {
    body += ",\"bank_payment_id\":" + codec::to_json(options.bank_payment_id);
  }
  const auto answer = ask_admin(options.data, "POST", path_of(options) + "/resolve", body + "}");
  if (!answer) return report(answer.error(), options.api->json);
  return report_act(*answer, options.api->json);
}

void add_list(CLI::App& command, const std::shared_ptr<Options>& options, int& exit) {
  PaymentList& wanted = options->wanted;
  CLI::App* listing = command.add_subcommand(
      "list", "Newest first: your own with an API key, those of all clients with --data.");
  listing->add_option("--status", wanted.status, "Only those in this state")
      ->check(CLI::IsMember(enum_names<payments::PaymentState>()));
  listing->add_option("--kind", wanted.kind, "Only these; needs an API key")
      ->check(CLI::IsMember(enum_names<payments::PaymentKind>()));
  listing->add_option("--client-reference", wanted.client_reference,
                      "Only that with your own word for it; needs an API key");
  listing->add_flag("--needs-operator", options->needs_operator,
                    "Only those that no evidence settled; for operators");
  add_page_options(*listing, wanted.page);
  listing->callback([options, &exit] { exit = list(*options); });
}

}  // namespace

void add_payments(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "payments",
      "Payments: your own by the API with an API key, or those of all clients for the operators of "
      "a server on this machine.");
  command->require_subcommand(1);
  command->fallthrough();
  CLI::Option* data = command->add_option("--data", options->data,
                                          "For operators: data directory of the server, asked by "
                                          "its local socket, without a key");
  data->type_name("DIRECTORY")->capture_default_str();
  options->data_option = data;
  add_api_options(*command, *options->api);
  command->get_option("--key-file")->excludes(data);
  add_list(*command, options, exit);
  add_own_payments(*command, options->api, exit);
  for (const char* name : {"create", "cancel", "wait"}) {
    command->get_subcommand(name)->excludes(data);
  }
  CLI::App* one = command->add_subcommand("show", "One of them, as JSON.");
  one->add_option("id", options->id, "pay_...")->required();
  one->add_flag("--reveal", options->reveal, "With the parties, which is noted in the audit");
  one->callback([options, &exit] { exit = show(*options); });
  CLI::App* settle = command->add_subcommand(
      "resolve", "An unknown outcome, by the evidence that you have. For operators.");
  settle->add_option("id", options->id, "pay_...")->required();
  settle->add_flag("--executed", options->executed, "The bank executed it");
  settle->add_flag("--not-executed", options->not_executed, "It never will");
  settle->add_option("--bank-payment-id", options->bank_payment_id,
                     "As the bank names it; needed with --executed");
  settle
      ->add_option("--evidence", options->evidence,
                   "What shows it, such as a line of a statement; journalled")
      ->required();
  settle->callback([options, &exit] { exit = resolve(*options); });
}

}  // namespace remit::app
