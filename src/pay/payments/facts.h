#pragma once

#include "pay/api/facts.h"

namespace remit::payments {

/// What the world may hear of payments.
api::FactSource facts();

}  // namespace remit::payments
