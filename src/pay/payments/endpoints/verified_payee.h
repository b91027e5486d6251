#pragma once

#include "pay/payments/endpoints/endpoints.h"
#include "pay/payments/endpoints/payment_resource.h"

#include <functional>

/// What a new payment says of the verification of its payee.
namespace remit::payments {

/// The check that the rules will make; empty where the request names no verification. Fails with `payee_verification_required`
/// where the policy wants one, or `payee_verification_not_found` when the id is of something else.
Result<payees::PayeeCheck> payee_check_of(const CreatePaymentRequest& asked, PaymentKind kind,
                                          const EndpointPorts& ports);

/// Compares the verification that the check names with the payment's own payee and completes the check. What both say is sealed,
/// so that no rule can compare it; neither ever changes. `done` runs on the engine's thread, or at once where there is nothing to
/// compare. Fails with `payee_verification_not_found` or `payee_verification_differs`, or as the engine does.
void compare_payee(const EndpointPorts& ports, const ClientId& client, payees::PayeeCheck check,
                   const Parties& parties,
                   std::move_only_function<void(Result<payees::PayeeCheck>)> done);

}  // namespace remit::payments
