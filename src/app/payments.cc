#include "app/admin_client.h"
#include "app/commands.h"
#include "app/table.h"
#include "kit/base/check.h"
#include "kit/base/codec/json.h"

namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  bool json = false;
  std::string id;
  std::string status;
  bool needs_operator = false;
  std::size_t limit = 20;
  bool executed = false;
  bool not_executed = false;
  std::string bank_payment_id;
  std::string evidence;
};

int list(const Options& options) {
  std::string path = fmt::format("/admin/payments?limit={}", options.limit);
  if (!options.status.empty()) path += "&status=" + options.status;
  if (options.needs_operator) path += "&needs_operator=true";
  const auto body = ask_admin(options.data, "GET", path);
  if (!body) return report(body.error(), options.json);
  return print_items(*body, options.json,
                     {{"PAYMENT", "id"},
                      {"STATUS", "status"},
                      {"MINOR UNITS", "amount.amount"},
                      {"", "amount.currency"},
                      {"BANK", "bank"},
                      {"BANK SAYS", "bank_status.status"},
                      {"OPERATOR", "needs_operator"},
                      {"REASON", "reason.code"},
                      {"CREATED", "created_at"}});
}

int show(const Options& options) {
  const auto body = ask_admin(options.data, "GET", "/admin/payments/" + options.id);
  if (!body) return report(body.error(), options.json);
  print(*body + "\n");
  return 0;
}

int resolve(const Options& options) {
  if (options.executed == options.not_executed) {
    return report({ErrorCode::InvalidArgument,
                   "outcome_missing",
                   "Say what the evidence shows: --executed or --not-executed.",
                   {},
                   nullptr},
                  options.json);
  }
  std::string body = fmt::format("{{\"executed\":{},\"evidence\":{}", options.executed,
                                 codec::to_json(options.evidence));
  if (!options.bank_payment_id.empty()) {
    body += ",\"bank_payment_id\":" + codec::to_json(options.bank_payment_id);
  }
  const auto answer = ask_admin(options.data, "POST",
                                fmt::format("/admin/payments/{}/resolve", options.id), body + "}");
  if (!answer) return report(answer.error(), options.json);
  return report_act(*answer, options.json);
}

}  // namespace

void add_payments(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("payments", "Payments of a running server, for operators.");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--data", options->data, "Data directory of the server")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Prints JSON");
  CLI::App* listing = command->add_subcommand("list", "Newest first.");
  listing->add_option("--status", options->status, "created, awaiting_authorisation, ..., settled");
  listing->add_flag("--needs-operator", options->needs_operator,
                    "Only those that no evidence settled");
  listing->add_option("--limit", options->limit, "Rows, at most 100")->capture_default_str();
  listing->callback([options, &exit] { exit = list(*options); });
  CLI::App* one = command->add_subcommand("show", "One of them, as JSON.");
  one->add_option("id", options->id, "pay_...")->required();
  one->callback([options, &exit] { exit = show(*options); });
  CLI::App* settle =
      command->add_subcommand("resolve", "An unknown outcome, by the evidence that you have.");
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
