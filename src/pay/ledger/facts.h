#pragma once

#include "pay/api/facts.h"

namespace remit::ledger {

/// What the world may hear of the ledger.
api::FactSource facts();

}  // namespace remit::ledger
