#pragma once

#include "kit/base/codec/sealed.h"
#include "pay/api/gateway.h"
#include "pay/payees/limits.h"
#include "pay/payments/commands.h"
#include "terms/modulus_table.h"

#include <string>
#include <vector>

namespace remit::payments {

/// Which payments must name a verification of their payee, and for how long one may be named.
struct PayeePolicy {
  bool payments_required = false;
  bool payouts_required = false;
  Duration usable_for = payees::kUsableForDefault;
};

/// What the endpoints of payments need beyond the gateway. All outlive it.
struct EndpointPorts {
  api::Gateway& gateway;
  codec::Sealer& sealer;
  const terms::ModulusTable&
      modulus;                     ///< What UK account numbers are checked against; may be empty.
  std::vector<std::string> banks;  ///< The configured ones; the first is the default.
  SettlementBasis settles_on = SettlementBasis::ExecutionIsFinal;
  PayeePolicy payees = {};
};

/// POST /v1/payments
void add_create_payment(const EndpointPorts& ports);
/// GET /v1/payments/{id}
void add_get_payment(const EndpointPorts& ports);
/// GET /v1/payments
void add_list_payments(const EndpointPorts& ports);
/// POST /v1/payouts: a payment from the client to whomever it names.
void add_create_payout(const EndpointPorts& ports);
/// POST and GET /v1/payments/{id}/refunds
void add_refunds(const EndpointPorts& ports);
/// POST /v1/payments/{id}/cancel
void add_cancel_payment(const EndpointPorts& ports);
/// GET and POST /callback: the page to which banks send payers back, and what it hands over.
void add_landing_page(const EndpointPorts& ports);

/// What the codes mean that only payments answer with.
std::span<const api::ProblemKind> problems();

/// What every new payment may say beside its amount and parties.
struct NewPaymentFields {
  std::optional<std::string> client_reference;
  std::optional<std::string> bank;
  std::optional<Timestamp> expires_at;
  std::optional<std::string> reference;
};
/// The command with those fields checked and filled in.
Result<CreatePayment> new_payment(const EndpointPorts& ports, const NewPaymentFields& fields);

/// All of them.
void add_endpoints(const EndpointPorts& ports);

}  // namespace remit::payments
