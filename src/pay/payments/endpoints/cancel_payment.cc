#include "kit/base/codec/json.h"
#include "pay/payments/commands.h"
#include "pay/payments/endpoints/endpoints.h"
#include "pay/payments/endpoints/payment_resource.h"

#include <fmt/format.h>

namespace remit::payments {

void add_cancel_payment(const EndpointPorts& ports) {
  ports.gateway.add(
      "POST", "/v1/payments/{id}/cancel", api::Scope::PaymentsWrite,
      [ports](const api::Request& request, net::Responder respond) {
        const std::string& text = request.parameters.find("id")->second;
        const std::optional<TypeId> id = TypeId::parse(text);
        if (!id || id->prefix() != Payment::kPrefix) {
          return respond(net::problem_response(
              fail(ErrorCode::NotFound, "payment_not_found",
                   fmt::format("No payment {} exists; check the id.", text), "id")
                  .error()));
        }
        if (!request.http.body.empty()) {
          return respond(net::problem_response(fail(ErrorCode::InvalidArgument, "body_unexpected",
                                                    "Cancelling takes no body; send none.")
                                                   .error()));
        }
        ports.gateway.execute(request, CancelPayment{*id}, 200, std::move(respond),
                              [ports](const Payment& payment) {
                                return codec::to_json(to_resource(payment, ports.sealer));
                              });
      });
}

}  // namespace remit::payments
