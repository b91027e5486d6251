#include "app/client/own_payments.h"

#include "app/admin_client.h"
#include "app/client/await_payment.h"
#include "app/commands.h"
#include "app/enum_names.h"
#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"
#include "kit/net/router.h"
#include "pay/payments/endpoints/payment_resource.h"

#include <cstdio>

namespace remit::app {
namespace {

constexpr std::size_t kFileBytesMax = 1024UL * 1024;

/// What `remit payments create` was told.
struct NewPayment {
  payments::CreatePaymentRequest asked;
  payments::PartyResource debtor;
  std::string currency = "GBP";
  std::string expires_at;
  std::string file;
  bool payout = false;
};

Result<std::string> read_input(const std::string& file) {
  const std::string path = file == "-" ? "/dev/stdin" : file;
  const Bytes bytes = TRY(read_file(path, kFileBytesMax));
  return std::string(as_text(bytes));
}

/// Whoever is named by a file is not on the command line, which others on this machine can read.
Result<std::string> body_of(NewPayment wanted) {
  if (!wanted.file.empty()) return read_input(wanted.file);
  payments::CreatePaymentRequest& asked = wanted.asked;
  const auto currency = Currency::parse(wanted.currency);
  if (asked.amount.amount == 0 || asked.creditor.name.empty() || asked.reference.empty() ||
      !currency) {
    return fail(ErrorCode::InvalidArgument, "payment_incomplete",
                "Give --amount, --creditor-name, --reference and the payee's account, or all of it "
                "as JSON in a --file.");
  }
  asked.amount.currency = *currency;
  if (wanted.debtor.iban || wanted.debtor.sort_code || wanted.debtor.account_number) {
    asked.debtor = wanted.debtor;
  }
  asked.expires_at = TRY(time_of(wanted.expires_at, "--expires-at"));
  return codec::to_json(asked);
}

int create(const ApiOptions& options, const NewPayment& wanted) {
  const Result<std::string> body = body_of(wanted);
  if (!body) return report_misuse(body.error(), options.json);
  return with_api(options, [&](ApiSession& api) -> Result<void> {
    print_id(TRY(api.change("POST", wanted.payout ? "/v1/payouts" : "/v1/payments", *body)),
             options.json);
    return {};
  });
}

int cancel(const ApiOptions& options, const std::string& id) {
  return with_api(options, [&](ApiSession& api) -> Result<void> {
    print_id(
        TRY(api.change("POST", fmt::format("/v1/payments/{}/cancel", net::percent_encode(id)), {})),
        options.json);
    return {};
  });
}

void add_account(CLI::App& command, payments::PartyResource& party, const std::string& prefix,
                 const std::string& whose) {
  command.add_option(fmt::format("--{}sort-code", prefix), party.sort_code,
                     whose + " sort code, 6 digits");
  command.add_option(fmt::format("--{}account-number", prefix), party.account_number,
                     "And account number, 8 digits");
  command.add_option(fmt::format("--{}iban", prefix), party.iban, "Instead of both");
}

void add_create(CLI::App& command, const std::shared_ptr<ApiOptions>& options, int& exit) {
  auto wanted = std::make_shared<NewPayment>();
  CLI::App* create_one =
      command.add_subcommand("create", "Asks for a payment and prints its id. Needs an API key.");
  payments::CreatePaymentRequest& asked = wanted->asked;
  create_one->add_option("--amount", asked.amount.amount, "In minor units: 1250 is 12.50");
  create_one->add_option("--currency", wanted->currency, "ISO 4217")->capture_default_str();
  create_one->add_option("--creditor-name", asked.creditor.name, "Who is paid");
  add_account(*create_one, asked.creditor, "", "The payee's");
  create_one->add_option("--reference", asked.reference, "On the payee's statement");
  add_account(*create_one, wanted->debtor, "debtor-", "The payer's, when it is known,");
  create_one->add_option("--client-reference", asked.client_reference,
                         "Your own word for it, unique for ever");
  create_one->add_option("--bank", asked.bank, "By which it goes; the first configured by default");
  create_one->add_option("--expires-at", wanted->expires_at,
                         "RFC 3339: until when the payer may approve it; 30 minutes by default");
  const std::vector<CLI::Option*> told = create_one->get_options(
      [create_one](CLI::Option* option) { return option != create_one->get_help_ptr(); });
  CLI::Option* file =
      create_one
          ->add_option("--file", wanted->file,
                       "All of it as POST /v1/payments takes it, in JSON; - is standard input")
          ->type_name("FILE");
  for (CLI::Option* option : told) file->excludes(option);
  create_one->add_flag("--payout", wanted->payout, "From your own account instead of a payer's");
  add_idempotency_key(*create_one, *options);
  create_one->callback([options, wanted, &exit] { exit = create(*options, *wanted); });
}

}  // namespace

const std::vector<Column>& payment_columns() {
  static const std::vector<Column> columns = {{"PAYMENT", "id"},
                                              {"STATUS", "status"},
                                              {"MINOR UNITS", "amount.amount"},
                                              {"", "amount.currency"},
                                              {"BANK", "bank"},
                                              {"BANK SAYS", "bank_status.status"},
                                              {"OPERATOR", "needs_operator"},
                                              {"REASON", "reason.code"},
                                              {"CREATED", "created_at"}};
  return columns;
}

int list_own_payments(const ApiOptions& options, const PaymentList& wanted) {
  return with_api(options, [&](ApiSession& api) -> Result<void> {
    const std::string query =
        query_of(wanted.page, {{"status", wanted.status},
                               {"kind", wanted.kind},
                               {"client_reference", wanted.client_reference}});
    print_page(TRY(api.read("/v1/payments" + query)), options.json, payment_columns());
    return {};
  });
}

int show_own_payment(const ApiOptions& options, const std::string& id) {
  return with_api(options, [&](ApiSession& api) -> Result<void> {
    print(TRY(api.read("/v1/payments/" + net::percent_encode(id))) + "\n");
    return {};
  });
}

void add_own_payments(CLI::App& command, const std::shared_ptr<ApiOptions>& options, int& exit) {
  add_create(command, options, exit);
  auto id = std::make_shared<std::string>();
  CLI::App* withdraw = command.add_subcommand(
      "cancel", "Withdraws a payment that is not with the bank yet. Needs an API key.");
  withdraw->add_option("id", *id, "pay_...")->required();
  add_idempotency_key(*withdraw, *options);
  withdraw->callback([options, id, &exit] { exit = cancel(*options, *id); });
  add_await_payment(command, options, exit);
}

}  // namespace remit::app
