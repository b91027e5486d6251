#include "kit/base/codec/json.h"
#include "pay/payees/endpoints/endpoints.h"
#include "pay/payees/endpoints/payee_verification_resource.h"

namespace remit::payees {

void add_get_payee_verification(const EndpointPorts& ports) {
  ports.gateway.add(
      {.method = "GET",
       .path = "/v1/payee_verifications/{id}",
       .id = "get_payee_verification",
       .tag = "Payees",
       .summary = "Read a payee verification",
       .scope = api::Scope::PaymentsRead,
       .ways = {api::Way::Query},
       .path_parameters = {api::id_parameter(PayeeVerification::kPrefix, "The verification.")},
       .answer = api::body(example_verification()),
       .problems = {"payee_verification_not_found"}},
      [ports](const api::Request& request, net::Responder respond) {
        const std::string& text = request.parameters.find("id")->second;
        const std::optional<TypeId> id = TypeId::parse(text);
        ports.gateway.query(request, std::move(respond),
                            [ports, id, text, client = request.caller.client](
                                engine::ReadView& view) -> Result<std::string> {
                              const bool named = id && id->prefix() == PayeeVerification::kPrefix;
                              const PayeeVerification* found =
                                  named ? owned_by(view.find<PayeeVerification>(*id), client)
                                        : nullptr;
                              if (found == nullptr) return verification_not_found(text, "id");
                              return codec::to_json(TRY(to_resource(*found, ports.sealer)));
                            });
      });
}

void add_endpoints(const EndpointPorts& ports) {
  ports.gateway.explain(problems());
  add_verify_payee(ports);
  add_get_payee_verification(ports);
}

}  // namespace remit::payees
