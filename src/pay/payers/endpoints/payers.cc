#include "kit/base/codec/json.h"
#include "pay/payers/endpoints/endpoints.h"
#include "pay/payers/endpoints/payer_resource.h"

namespace remit::payers {
namespace {

constexpr std::string_view kTag = "Payers";

Result<TypeId> payer_in(const api::Request& request) {
  const std::string& text = request.parameters.find("id")->second;
  const std::optional<TypeId> id = TypeId::parse(text);
  if (id && id->prefix() == Payer::kPrefix) return *id;
  return payer_not_found(text);
}

api::Operation get_operation() {
  return {.method = "GET",
          .path = "/v1/payers/{id}",
          .id = "get_payer",
          .tag = kTag,
          .summary = "Read a payer",
          .description = "GET /v1/payments?payer_id= lists the payments.",
          .scope = api::Scope::PaymentsRead,
          .ways = {api::Way::Query},
          .path_parameters = {api::id_parameter(Payer::kPrefix, "The payer.")},
          .answer = api::body(example_payer()),
          .problems = {"payer_not_found"}};
}

api::Operation erase_operation() {
  PayerResource shown = example_payer();
  shown.erased_at = from_rfc3339("2026-08-20T09:30:00Z");
  return {.method = "DELETE",
          .path = "/v1/payers/{id}",
          .id = "erase_payer",
          .tag = kTag,
          .summary = "Erase a payer",
          .description =
              "Destroys the key with which everything personal of the payer's payments is sealed: "
              "names and accounts can never be read again, refunds can no more be made, amounts "
              "and references stay. The payer's payments must have come to an end.",
          .scope = api::Scope::PaymentsWrite,
          .ways = {api::Way::Execute},
          .path_parameters = {api::id_parameter(Payer::kPrefix, "The payer.")},
          .answer = api::body(shown),
          .problems = {"payer_not_found", "payer_has_open_payments"}};
}

}  // namespace

PayerResource to_resource(const Payer& payer) {
  PayerResource resource{
      .id = payer.id, .payments = payer.payments, .open_payments = payer.open_payments};
  if (payer.erased()) resource.erased_at = payer.erased_at;
  return resource;
}

PayerResource example_payer() {
  return {.id = *TypeId::parse("payer_01h455vb4pex5vsknk084sn02q"), .payments = 3};
}

void add_endpoints(api::Gateway& gateway) {
  gateway.explain(problems());
  gateway.add(get_operation(), [&gateway](const api::Request& request, net::Responder respond) {
    const Result<TypeId> id = payer_in(request);
    if (!id) return respond(gateway.problem(id.error()));
    gateway.query(
        request, std::move(respond),
        [id = *id, client = request.caller.client](engine::ReadView& view) -> Result<std::string> {
          const Payer* payer = owned_by(view.find<Payer>(id), client);
          if (payer == nullptr) return payer_not_found(id.to_string());
          return codec::to_json(to_resource(*payer));
        });
  });
  gateway.add(erase_operation(), [&gateway](const api::Request& request, net::Responder respond) {
    const Result<TypeId> id = payer_in(request);
    if (!id) return respond(gateway.problem(id.error()));
    gateway.execute(request, ErasePayer{*id}, 200, std::move(respond),
                    [](const Payer& payer) { return codec::to_json(to_resource(payer)); });
  });
}

}  // namespace remit::payers
