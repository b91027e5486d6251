#include "app/client/await_payment.h"
#include "app/client/own_payments.h"
#include "app/commands.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"
#include "pay/payments/endpoints/payment_resource.h"

/// `remit refunds`: what is paid back, by the API. A refund is a payment of its own, so what it does later is seen with
/// `remit payments`.
namespace remit::app {
namespace {

struct Options {
  ApiOptions api;
  std::string id;
  PageOptions page;
  payments::CreateRefundRequest asked;
  std::string expires_at;
};

std::string refunds_of(const std::string& payment) {
  return fmt::format("/v1/payments/{}/refunds", net::percent_encode(payment));
}

int create(const Options& options) {
  payments::CreateRefundRequest asked = options.asked;
  const auto expires_at = time_of(options.expires_at, "--expires-at");
  if (!expires_at) return report_misuse(expires_at.error(), options.api.json);
  asked.expires_at = *expires_at;
  return with_api(options.api, [&](ApiSession& api) -> Result<void> {
    print_id(TRY(api.change("POST", refunds_of(options.id), codec::to_json(asked))),
             options.api.json);
    return {};
  });
}

int list(const Options& options) {
  if (options.id.empty()) {
    return list_own_payments(options.api, {.page = options.page, .kind = "refund"});
  }
  return with_api(options.api, [&](ApiSession& api) -> Result<void> {
    const std::string path = refunds_of(options.id) + query_of(options.page, {});
    print_page(TRY(api.read(path)), options.api.json, payment_columns());
    return {};
  });
}

}  // namespace

void add_refunds(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "refunds", "Pays back payments, whole or in part. By the API: needs an API key.");
  command->require_subcommand(1);
  command->fallthrough();
  add_api_options(*command, options->api);
  CLI::App* create_one = command->add_subcommand(
      "create",
      "Asks for a refund and prints its id; somebody of yours approves it at your bank: `remit "
      "payments wait ID --until awaiting_authorisation` says where.");
  create_one->add_option("payment", options->id, "pay_...: what is paid back")->required();
  create_one->add_option("--amount", options->asked.amount,
                         "In minor units; all that is left by default");
  create_one->add_option("--reference", options->asked.reference,
                         "On the payer's statement; the payment's own by default");
  create_one->add_option("--client-reference", options->asked.client_reference,
                         "Your own word for it, unique for ever");
  create_one->add_option("--bank", options->asked.bank, "At which you approve it");
  create_one->add_option("--expires-at", options->expires_at,
                         "RFC 3339: until when you may approve it; 30 minutes by default");
  add_idempotency_key(*create_one, options->api);
  create_one->callback([options, &exit] { exit = create(*options); });
  CLI::App* listing = command->add_subcommand("list", "Newest first.");
  listing->add_option("payment", options->id, "pay_...: only those of this one");
  add_page_options(*listing, options->page);
  listing->callback([options, &exit] { exit = list(*options); });
  CLI::App* one = command->add_subcommand("show", "One of them, as JSON.");
  one->add_option("id", options->id, "pay_...")->required();
  one->callback([options, &exit] { exit = show_own_payment(options->api, options->id); });
}

}  // namespace remit::app
