#pragma once

#include "pay/api/error_catalogue.h"

#include <span>

namespace remit::app {

/// The reasons for which a payment is refused, retried or held because of what its bank, or its payer's browser, said.
std::span<const api::OtherProblem> bank_problems();

}  // namespace remit::app
