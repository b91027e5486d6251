#pragma once

#include "kit/base/codec/sealed.h"
#include "pay/api/gateway.h"
#include "rails/payee_verification.h"
#include "terms/modulus_table.h"

#include <span>

namespace remit::payees {

/// What the endpoints of payee verifications need beyond the gateway. All outlive it.
struct EndpointPorts {
  api::Gateway& gateway;
  codec::Sealer& sealer;
  const terms::ModulusTable& modulus;  ///< What account numbers are checked against; may be empty.
  rails::PayeeVerifier* verifier;      ///< nullptr where nobody is configured to be asked.
};

/// POST /v1/payee_verifications
void add_verify_payee(const EndpointPorts& ports);
/// GET /v1/payee_verifications/{id}
void add_get_payee_verification(const EndpointPorts& ports);

/// What the codes mean that these operations answer with, and payments that name a verification.
std::span<const api::ProblemKind> problems();

/// All of them.
void add_endpoints(const EndpointPorts& ports);

}  // namespace remit::payees
