#include "kit/base/codec/json.h"
#include "pay/payments/commands.h"
#include "pay/payments/endpoints/endpoints.h"
#include "pay/payments/endpoints/payment_resource.h"

#include <fmt/format.h>

namespace remit::payments {
namespace {

PaymentResource cancelled_example() {
  PaymentResource payment = example_payment();
  payment.status = PaymentState::Cancelled;
  payment.authorisation_url.reset();
  return payment;
}

}  // namespace

void add_cancel_payment(const EndpointPorts& ports) {
  ports.gateway.add(
      {.method = "POST",
       .path = "/v1/payments/{id}/cancel",
       .id = "cancel_payment",
       .tag = "Payments",
       .summary = "Withdraw a payment",
       .description = "Until it is handed to the bank. One that is cancelled already stays so.",
       .scope = api::Scope::PaymentsWrite,
       .ways = {api::Way::Execute},
       .path_parameters = {api::id_parameter(Payment::kPrefix, "The payment.")},
       .answer = api::body(cancelled_example()),
       .problems = {"payment_not_found", "payment_not_cancellable"}},
      [ports](const api::Request& request, net::Responder respond) {
        const std::string& text = request.parameters.find("id")->second;
        const std::optional<TypeId> id = TypeId::parse(text);
        if (!id || id->prefix() != Payment::kPrefix) {
          return respond(net::problem_response(
              fail(ErrorCode::NotFound, "payment_not_found",
                   fmt::format("No payment {} exists; check the id.", text), "id")
                  .error()));
        }
        ports.gateway.execute(request, CancelPayment{*id}, 200, std::move(respond),
                              [ports](const Payment& payment) -> Result<std::string> {
                                return codec::to_json(TRY(to_resource(payment, ports.sealer)));
                              });
      });
}

}  // namespace remit::payments
