#pragma once

#include "pay/api/error_catalogue.h"

#include <span>

namespace remit::app {

/// What `remit banks` fails with.
std::span<const api::OtherProblem> registration_problems();

}  // namespace remit::app
