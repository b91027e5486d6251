#include "pay/api/documents.h"

#include "pay/api/openapi.h"
#include "pay/api/reference_page.h"

namespace remit::api {
namespace {

Operation document_operation(std::string_view path, std::string_view id, std::string_view summary) {
  return {.method = "GET",
          .path = path,
          .id = id,
          .tag = "Documents",
          .summary = summary,
          .answer = {.schema = [](codec::JsonSchemas&) { return R"({"type":"object"})"; },
                     .example = {}}};
}

}  // namespace

void add_document_endpoints(Gateway& gateway, std::string_view version, std::string asyncapi) {
  // Written once everything is there, before the first request.
  auto openapi = std::make_shared<std::string>();
  gateway.add(document_operation("/v1/openapi.json", "get_openapi", "This document"),
              [openapi](const Request&, net::Responder respond) {
                respond(net::json_response(200, *openapi));
              });
  gateway.add(document_operation("/v1/asyncapi.json", "get_asyncapi",
                                 "The schemas of all events, as AsyncAPI 3.0"),
              [asyncapi = std::move(asyncapi)](const Request&, net::Responder respond) {
                respond(net::json_response(200, asyncapi));
              });
  *openapi = openapi_document(gateway, version);
  add_reference_page(gateway);
}

}  // namespace remit::api
