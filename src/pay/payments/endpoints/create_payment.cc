#include "kit/base/codec/json.h"
#include "pay/payers/payer.h"
#include "pay/payments/commands.h"
#include "pay/payments/endpoints/endpoints.h"
#include "pay/payments/endpoints/payment_resource.h"
#include "pay/payments/endpoints/verified_payee.h"
#include "pay/payments/limits.h"
#include "terms/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

/// Step 1 of a payment's life: JSON becomes the command CreatePayment. What needs no state is checked here, before the
/// command is accepted; such a refusal leaves no receipt.
namespace remit::payments {
namespace {

constexpr std::size_t kNameBytesMax = 70;  // Open Banking: Max70Text.

Result<terms::Account> checked_account(const PartyResource& party, std::string_view field,
                                       const terms::ModulusTable& modulus) {
  terms::Account account = TRY(account_of(party, field));
  if (account.scheme == terms::AccountScheme::Iban) return account;
  TRY(terms::check_number(modulus, account.identification,
                          fmt::format("{}.account_number", field)));
  return account;
}

Result<Parties> parties_of(const CreatePaymentRequest& request, const EndpointPorts& ports) {
  if (request.creditor.name.empty() || request.creditor.name.size() > kNameBytesMax) {
    return fail(ErrorCode::InvalidArgument, "name_invalid",
                fmt::format("Give the payee's name, at most {} bytes.", kNameBytesMax),
                "creditor.name");
  }
  Parties parties{.creditor = TRY(checked_account(request.creditor, "creditor", ports.modulus)),
                  .creditor_name = request.creditor.name};
  if (request.debtor) {
    parties.debtor = TRY(checked_account(*request.debtor, "debtor", ports.modulus));
  }
  return parties;
}

/// The one that the request names, for the rules to judge; else a new one, with a key of its own.
Result<TypeId> payer_of(const CreatePaymentRequest& request, const ClientId& client,
                        const EndpointPorts& ports) {
  if (!request.payer_id) return ports.sealer.make_owner(payers::Payer::kPrefix, client);
  if (request.payer_id->prefix() == payers::Payer::kPrefix) return *request.payer_id;
  return payers::payer_not_found(request.payer_id->to_string(), "payer_id");
}

/// What is asked of the engine, and the parties before they were sealed.
struct Asked {
  CreatePayment command;
  Parties parties;
};

Result<Asked> asked_in(const api::Request& request, const EndpointPorts& ports, PaymentKind kind) {
  const auto asked = TRY(codec::from_json<CreatePaymentRequest>(request.http.body));
  CreatePayment command = TRY(
      new_payment(ports, {asked.client_reference, asked.bank, asked.expires_at, asked.reference}));
  command.amount = asked.amount;
  command.kind = kind;
  command.payee = TRY(payee_check_of(asked, kind, ports));
  Parties parties = TRY(parties_of(asked, ports));
  command.payer = TRY(payer_of(asked, request.caller.client, ports));
  command.parties = TRY(payers::sealed_for(command.payer, parties, ports.sealer));
  return Asked{std::move(command), std::move(parties)};
}

void create(const EndpointPorts& ports, PaymentKind kind, const api::Request& request,
            net::Responder respond) {
  Result<Asked> made = asked_in(request, ports, kind);
  if (!made) return respond(ports.gateway.problem(made.error()));
  auto asked = std::make_shared<Asked>(std::move(*made));
  compare_payee(ports, request.caller.client, asked->command.payee, asked->parties,
                [ports, request, asked,
                 respond = std::move(respond)](Result<payees::PayeeCheck> payee) mutable {
                  if (!payee) return respond(ports.gateway.problem(payee.error()));
                  asked->command.payee = *payee;
                  // An answer that is replayed was given to the very same request, so to the same parties.
                  ports.gateway.execute(
                      request, std::move(asked->command), 201, std::move(respond),
                      [parties = std::move(asked->parties)](const Payment& payment) {
                        return codec::to_json(to_resource(payment, &parties));
                      });
                });
}

std::vector<std::string_view> creation_problems() {
  return {"currency_not_supported",
          "amount_out_of_range",
          "expiry_out_of_range",
          "name_invalid",
          "account_missing",
          "account_invalid",
          "iban_invalid",
          "account_number_invalid",
          "reference_invalid",
          "client_reference_too_long",
          "client_reference_invalid",
          "client_reference_reused",
          "payment_id_reused",
          "bank_unknown",
          "payee_verification_not_found",
          "payee_verification_required",
          "payee_verification_differs",
          "payee_verification_expired",
          "payee_mismatch",
          "payee_not_verified",
          "payer_not_found",
          "payer_erased"};
}

}  // namespace

Result<CreatePayment> new_payment(const EndpointPorts& ports, const NewPaymentFields& fields) {
  if (fields.bank && std::ranges::find(ports.banks, *fields.bank) == ports.banks.end()) {
    return fail(ErrorCode::InvalidArgument, "bank_unknown",
                fmt::format("No bank '{}' is configured; known are: {}.", *fields.bank,
                            fmt::join(ports.banks, ", ")),
                "bank");
  }
  CreatePayment command{
      .id = ports.gateway.make_id(Payment::kPrefix),
      .client_reference = TRY(client_reference_of(fields.client_reference.value_or(""))),
      .rail = fields.bank.value_or(ports.banks.front()),
      .settles_on = ports.settles_on,
      .expires_at = fields.expires_at.value_or(ports.gateway.clock().now() + kExpiryDefault)};
  if (fields.reference) command.reference = TRY(terms::validate_reference(*fields.reference));
  return command;
}

void add_create_payment(const EndpointPorts& ports) {
  ports.gateway.add(
      {.method = "POST",
       .path = "/v1/payments",
       .id = "create_payment",
       .tag = "Payments",
       .summary = "Create a payment",
       .description =
           "The payer is asked to approve it at the bank: poll the payment, or follow its "
           "events, until it has an authorisation_url, and send the payer there.",
       .scope = api::Scope::PaymentsWrite,
       .ways = {api::Way::Execute, api::Way::Query},
       .request = api::body(example_request()),
       .status = 201,
       .answer = api::body(example_payment()),
       .problems = creation_problems()},
      [ports](const api::Request& request, net::Responder respond) {
        create(ports, PaymentKind::PayIn, request, std::move(respond));
      });
}

void add_create_payout(const EndpointPorts& ports) {
  PaymentResource shown = example_payment();
  shown.kind = PaymentKind::Payout;
  std::vector<std::string_view> problems = creation_problems();
  problems.emplace_back("insufficient_funds");
  ports.gateway.add(
      {.method = "POST",
       .path = "/v1/payouts",
       .id = "create_payout",
       .tag = "Payments",
       .summary = "Create a payout",
       .description = "A payment from the client's own account, which somebody of the client "
                      "approves at its bank: send that person to the authorisation_url. Never more "
                      "than client_funds holds.",
       .scope = api::Scope::PayoutsWrite,
       .ways = {api::Way::Execute, api::Way::Query},
       .request = api::body(example_request()),
       .status = 201,
       .answer = api::body(shown),
       .problems = std::move(problems)},
      [ports](const api::Request& request, net::Responder respond) {
        create(ports, PaymentKind::Payout, request, std::move(respond));
      });
}

}  // namespace remit::payments
