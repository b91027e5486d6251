#pragma once

#include "pay/api/gateway.h"

#include <string>
#include <string_view>

namespace remit::api {

/// The OpenAPI 3.1 document of the gateway's operations: one JSON text, indented so that changes can be read. Every code
/// that an operation names must be explained; anything else is a bug.
std::string openapi_document(const Gateway& gateway, std::string_view version);

}  // namespace remit::api
