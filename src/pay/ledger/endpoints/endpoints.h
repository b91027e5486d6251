#pragma once

#include "pay/api/gateway.h"

namespace remit::ledger {

/// What the codes mean that only the ledger answers with.
std::span<const api::ProblemKind> problems();

/// POST and GET /v1/accounts, GET /v1/accounts/{id} (now, or `?at=` a past time), GET /v1/accounts/{id}/entries
void add_account_endpoints(api::Gateway& gateway);
/// POST and GET /v1/transfers, GET /v1/transfers/{id}, POST /v1/transfers/{id}/post, POST /v1/transfers/{id}/void
void add_transfer_endpoints(api::Gateway& gateway);

}  // namespace remit::ledger
