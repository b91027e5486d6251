#pragma once

#include "pay/api/gateway.h"

namespace remit::api {

/// GET /docs: one page without anything from elsewhere, which shows and searches /v1/openapi.json.
void add_reference_page(Gateway& gateway);

}  // namespace remit::api
