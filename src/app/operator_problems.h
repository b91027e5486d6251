#pragma once

#include "pay/api/error_catalogue.h"

#include <span>

namespace remit::app {

/// What goes wrong beside the API: codes that payers, operators and logs meet. tools/check_error_codes finds those that are
/// missing.
std::span<const api::OtherProblem> operator_problems();

}  // namespace remit::app
