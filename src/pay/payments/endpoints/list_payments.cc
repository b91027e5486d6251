#include "kit/base/codec/json.h"
#include "pay/payers/payer.h"
#include "pay/payments/endpoints/endpoints.h"
#include "pay/payments/endpoints/payment_resource.h"
#include "pay/payments/read_tables.h"

namespace remit::payments {
namespace {

Result<PaymentFilter> filter_of(const api::Request& request) {
  const api::Query& query = request.query;
  PaymentFilter filter{.client = request.caller.client};
  filter.rows_max = TRY(query.limit());
  if (const auto cursor = TRY(query.cursor())) filter.before = cursor->second;
  filter.state = TRY(query.enumerator<PaymentState>("status"));
  filter.kind = TRY(query.enumerator<PaymentKind>("kind"));
  if (const auto reference = query.find("client_reference")) {
    filter.client_reference = TRY(client_reference_of(*reference));
  }
  filter.payer = TRY(query.id("payer_id"));
  return filter;
}

template <class E>
std::string names_of() {
  std::vector<std::string_view> names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
      [&](auto one) { names.push_back(codec::json_name(one.value)); });
  return fmt::format(R"({{"type":"string","enum":["{}"]}})", fmt::join(names, R"(",")"));
}

}  // namespace

void add_list_payments(const EndpointPorts& ports) {
  ports.gateway.add(
      {.method = "GET",
       .path = "/v1/payments",
       .id = "list_payments",
       .tag = "Payments",
       .summary = "List payments",
       .description = "Newest first.",
       .scope = api::Scope::PaymentsRead,
       .ways = {api::Way::List},
       .query = api::page_parameters(
           {{.name = "status",
             .description = "Only those in this state.",
             .schema = names_of<PaymentState>()},
            {.name = "kind",
             .description = "Only payments, payouts or refunds.",
             .schema = names_of<PaymentKind>()},
            {.name = "client_reference",
             .description = "Only the one that the client named so.",
             .schema = R"re({"type":"string","maxLength":128,"pattern":"^[^\\u0000]*$"})re"},
            {.name = "payer_id",
             .description = "Only those with this person.",
             .schema = api::id_parameter(payers::Payer::kPrefix, "").schema}}),
       .answer = api::page_of(example_payment()),
       .problems = {"status_unknown", "kind_unknown", "client_reference_too_long", "id_invalid"}},
      [ports](const api::Request& request, net::Responder respond) {
        Result<PaymentFilter> filter = filter_of(request);
        if (!filter) return respond(net::problem_response(filter.error()));
        ports.gateway.list(
            request, std::move(respond),
            [ports,
             filter = std::move(*filter)](sqlite::Database& database) -> Result<std::string> {
              const PaymentPage page = TRY(list_payments(database, filter));
              std::vector<std::string> items;
              items.reserve(page.payments.size());
              for (const Payment& payment : page.payments) {
                items.push_back(codec::to_json(TRY(to_resource(payment, ports.sealer))));
              }
              return api::render_page(items, page.next_cursor);
            });
      });
}

void add_endpoints(const EndpointPorts& ports) {
  CHECK(!ports.banks.empty(), "payments need a bank");
  ports.gateway.explain(problems());
  add_create_payment(ports);
  add_get_payment(ports);
  add_list_payments(ports);
  add_create_payout(ports);
  add_refunds(ports);
  add_cancel_payment(ports);
  add_landing_page(ports);
}

}  // namespace remit::payments
