#include "kit/base/codec/json.h"
#include "pay/payers/payer.h"
#include "pay/payments/endpoints/endpoints.h"
#include "pay/payments/endpoints/payment_resource.h"
#include "pay/payments/read_tables.h"

#include <fmt/format.h>

/// Refunds of a payment: each is a payment itself, in the other direction.
namespace remit::payments {
namespace {

Result<TypeId> payment_in(const api::Request& request) {
  const std::string& text = request.parameters.find("id")->second;
  const std::optional<TypeId> id = TypeId::parse(text);
  if (id && id->prefix() == Payment::kPrefix) return *id;
  return fail(ErrorCode::NotFound, "payment_not_found",
              fmt::format("No payment {} exists; check the id.", text), "id");
}

Result<CreateRefund> asked_in(const api::Request& request, const EndpointPorts& ports) {
  CreateRefund command{.payment = TRY(payment_in(request))};
  CreateRefundRequest asked;
  if (!request.http.body.empty()) {
    asked = TRY(codec::from_json<CreateRefundRequest>(request.http.body));
  }
  command.amount = asked.amount;
  command.refund = TRY(
      new_payment(ports, {asked.client_reference, asked.bank, asked.expires_at, asked.reference}));
  return command;
}

/// Who is paid back: known to the payment alone, and sealed anew for the refund. Empty where it is not known or was erased,
/// which the rules refuse.
Result<codec::Sealed<Parties>> parties_of(const Payment& payment, const EndpointPorts& ports) {
  if (payment.refund_party.empty()) return codec::Sealed<Parties>();
  const Result<RefundParty> party = ports.sealer.open(payment.refund_party);
  if (!party && party.error().reason == "erased") return codec::Sealed<Parties>();
  if (!party) return std::unexpected(party.error());
  return payers::sealed_for(
      payment.sealing_owner(),
      Parties{.creditor = party->account,
              .creditor_name = party->name.empty() ? std::string("Refund") : party->name},
      ports.sealer);
}

void create(const EndpointPorts& ports, const api::Request& request, net::Responder respond) {
  Result<CreateRefund> asked = asked_in(request, ports);
  if (!asked) return respond(net::problem_response(asked.error()));
  auto command = std::make_shared<CreateRefund>(std::move(*asked));
  auto found = std::make_shared<std::optional<Payment>>();
  ports.gateway.engines()
      .of(request.caller.client)
      .query(
          [found, id = command->payment, client = request.caller.client](engine::ReadView& view) {
            const Payment* payment = view.find<Payment>(id);
            if (payment != nullptr && payment->client == client) *found = *payment;
          },
          [ports, request, command, found,
           respond = std::move(respond)](Result<engine::Position> position) mutable {
            if (!position) return respond(net::problem_response(position.error()));
            if (*found) {
              auto parties = parties_of(**found, ports);
              if (!parties) return respond(net::problem_response(parties.error()));
              command->refund.parties = std::move(*parties);
            }
            ports.gateway.execute(request, std::move(*command), 201, std::move(respond),
                                  [ports](const Payment& refund) -> Result<std::string> {
                                    return codec::to_json(TRY(to_resource(refund, ports.sealer)));
                                  });
          });
}

void list(const EndpointPorts& ports, const api::Request& request, net::Responder respond) {
  const auto filter = [&]() -> Result<PaymentFilter> {
    PaymentFilter made{.client = request.caller.client, .refund_of = TRY(payment_in(request))};
    made.rows_max = TRY(request.query.limit());
    if (const auto cursor = TRY(request.query.cursor())) made.before = cursor->second;
    return made;
  }();
  if (!filter) return respond(net::problem_response(filter.error()));
  ports.gateway.list(request, std::move(respond),
                     [ports, filter = *filter](sqlite::Database& rows) -> Result<std::string> {
                       const auto payment = TRY(flow::find_state<Payment>(rows, *filter.refund_of));
                       if (!payment || payment->client != filter.client) {
                         return fail(ErrorCode::NotFound, "payment_not_found",
                                     fmt::format("No payment {} exists; check the id.",
                                                 filter.refund_of->to_string()),
                                     "id");
                       }
                       const PaymentPage page = TRY(list_payments(rows, filter));
                       std::vector<std::string> items;
                       for (const Payment& refund : page.payments) {
                         items.push_back(codec::to_json(TRY(to_resource(refund, ports.sealer))));
                       }
                       return api::render_page(items, page.next_cursor);
                     });
}

PaymentResource example_refund() {
  PaymentResource refund = example_payment();
  refund.kind = PaymentKind::Refund;
  refund.amount.amount = 500;
  refund.refund_of = *TypeId::parse("pay_01h455vb4pex5vsknk084sn02q");
  refund.id = *TypeId::parse("pay_01h455z4k2ex5vsknk084sn02q");
  return refund;
}

}  // namespace

void add_refunds(const EndpointPorts& ports) {
  ports.gateway.add(
      {.method = "POST",
       .path = "/v1/payments/{id}/refunds",
       .id = "create_refund",
       .tag = "Payments",
       .summary = "Refund a payment",
       .description =
           "Whole or in part, never more than was paid, to the account that the payer's bank told. "
           "The refund is a payment of kind refund: somebody of the client approves it at its "
           "authorisation_url.",
       .scope = api::Scope::PayoutsWrite,
       .ways = {api::Way::Execute, api::Way::Query},
       .path_parameters = {api::id_parameter(Payment::kPrefix, "The payment.")},
       .request = api::optional(api::body(CreateRefundRequest{.amount = 500})),
       .status = 201,
       .answer = api::body(example_refund()),
       .problems = {"payment_not_found", "payment_not_refundable", "refund_account_unknown",
                    "refund_exceeds_payment", "payer_erased", "insufficient_funds",
                    "expiry_out_of_range", "amount_out_of_range", "reference_invalid",
                    "client_reference_too_long", "client_reference_invalid",
                    "client_reference_reused", "payment_id_reused", "bank_unknown"}},
      [ports](const api::Request& request, net::Responder respond) {
        create(ports, request, std::move(respond));
      });
  ports.gateway.add({.method = "GET",
                     .path = "/v1/payments/{id}/refunds",
                     .id = "list_refunds",
                     .tag = "Payments",
                     .summary = "List the refunds of a payment",
                     .description = "Newest first.",
                     .scope = api::Scope::PaymentsRead,
                     .ways = {api::Way::List},
                     .path_parameters = {api::id_parameter(Payment::kPrefix, "The payment.")},
                     .query = api::page_parameters(),
                     .answer = api::page_of(example_refund()),
                     .problems = {"payment_not_found"}},
                    [ports](const api::Request& request, net::Responder respond) {
                      list(ports, request, std::move(respond));
                    });
}

}  // namespace remit::payments
