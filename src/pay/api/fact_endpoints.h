#pragma once

#include "pay/api/gateway.h"

#include <string_view>
#include <vector>

namespace remit::api {

/// GET /v1/events and GET /v1/events/{id}. `types`: all that are published, for what the filter may name.
void add_fact_endpoints(Gateway& gateway, std::vector<std::string_view> types);

}  // namespace remit::api
