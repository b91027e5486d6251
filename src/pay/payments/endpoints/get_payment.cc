#include "kit/base/codec/json.h"
#include "pay/payments/endpoints/endpoints.h"
#include "pay/payments/endpoints/payment_resource.h"

#include <fmt/format.h>

namespace remit::payments {

void add_get_payment(const EndpointPorts& ports) {
  ports.gateway.add(
      {.method = "GET",
       .path = "/v1/payments/{id}",
       .id = "get_payment",
       .tag = "Payments",
       .summary = "Read a payment",
       .description = "As it is now, whatever the lists have heard of yet.",
       .scope = api::Scope::PaymentsRead,
       .ways = {api::Way::Query},
       .path_parameters = {api::id_parameter(Payment::kPrefix, "The payment.")},
       .answer = api::body(example_payment()),
       .problems = {"payment_not_found"}},
      [ports](const api::Request& request, net::Responder respond) {
        const std::string& text = request.parameters.find("id")->second;
        const std::optional<TypeId> id = TypeId::parse(text);
        ports.gateway.query(
            request, std::move(respond),
            [ports, id, text,
             client = request.caller.client](engine::ReadView& view) -> Result<std::string> {
              const Payment* payment =
                  id && id->prefix() == Payment::kPrefix ? view.find<Payment>(*id) : nullptr;
              // A payment of somebody else is told apart from none by nobody.
              if (payment == nullptr || payment->client != client) {
                return fail(ErrorCode::NotFound, "payment_not_found",
                            fmt::format("No payment {} exists; check the id.", text), "id");
              }
              return codec::to_json(TRY(to_resource(*payment, ports.sealer)));
            });
      });
}

}  // namespace remit::payments
