#pragma once

#include "pay/api/gateway.h"

#include <span>

namespace remit::payers {

/// What the codes mean that these operations answer with, and payments that name a payer.
std::span<const api::ProblemKind> problems();

/// GET and DELETE /v1/payers/{id}
void add_endpoints(api::Gateway& gateway);

}  // namespace remit::payers
