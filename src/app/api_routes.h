#pragma once

#include "kit/base/codec/sealed.h"
#include "pay/api/gateway.h"
#include "pay/payments/endpoints/endpoints.h"
#include "pay/payments/payment.h"
#include "pay/webhooks/endpoints/endpoints.h"
#include "rails/payee_verification.h"
#include "terms/modulus_table.h"

#include <memory>
#include <string>
#include <vector>

namespace remit::app {

inline constexpr std::string_view kVersion = "0.1.0";

/// What the endpoints of all owners need. All outlive the gateway.
struct ApiPorts {
  api::Gateway& gateway;
  codec::Sealer& sealer;
  Entropy& entropy;
  const terms::ModulusTable& modulus;
  std::vector<std::string> banks;
  payments::SettlementBasis settles_on = payments::SettlementBasis::ExecutionIsFinal;
  webhooks::UrlPolicy webhook_urls = {};
  rails::PayeeVerifier* payee_verifier = nullptr;  ///< nullptr: payees are not verified.
  payments::PayeePolicy payees = {};
};

/// Every route of the API, the documents that describe it included.
void add_api_routes(const ApiPorts& ports);

/// The API as it describes itself, without a server: the same routes over a journal in memory, which nobody asks.
class ApiDescription {
 public:
  ApiDescription();
  ~ApiDescription();
  const api::Gateway& gateway() const;
  /// docs/openapi.json
  std::string openapi() const;
  /// docs/errors.md
  std::string errors() const;

 private:
  struct World;
  std::unique_ptr<World> world_;
};

/// docs/asyncapi.json
std::string asyncapi();

}  // namespace remit::app
