#pragma once

#include "pay/api/gateway.h"

#include <string>
#include <string_view>

namespace remit::api {

/// GET /v1/openapi.json, GET /v1/asyncapi.json, and the page GET /docs that shows the former. To be added last: the document
/// tells of the operations that are there by then, and of these.
void add_document_endpoints(Gateway& gateway, std::string_view version, std::string asyncapi);

}  // namespace remit::api
