#include "app/api_routes.h"

#include "app/bank_problems.h"
#include "app/core.h"
#include "app/operator_problems.h"
#include "app/read_tables.h"
#include "app/registration/registration_problems.h"
#include "kit/base/codec/keyring.h"
#include "kit/base/manual_host.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/journal/memory/memory_journal.h"
#include "pay/api/asyncapi.h"
#include "pay/api/documents.h"
#include "pay/api/error_catalogue.h"
#include "pay/api/fact_endpoints.h"
#include "pay/api/openapi.h"
#include "pay/clients/authenticate.h"
#include "pay/ledger/endpoints/endpoints.h"
#include "pay/payees/endpoints/endpoints.h"
#include "pay/payers/endpoints/endpoints.h"

namespace remit::app {

void add_api_routes(const ApiPorts& ports) {
  api::Gateway& gateway = ports.gateway;
  payments::add_endpoints(
      {gateway, ports.sealer, ports.modulus, ports.banks, ports.settles_on, ports.payees});
  payees::add_endpoints({gateway, ports.sealer, ports.modulus, ports.payee_verifier});
  payers::add_endpoints(gateway);
  ledger::add_account_endpoints(gateway);
  ledger::add_transfer_endpoints(gateway);
  webhooks::add_endpoints({gateway, ports.sealer, ports.entropy, ports.webhook_urls, fact_types()});
  api::add_fact_endpoints(gateway, fact_types());
  api::add_document_endpoints(gateway, kVersion, asyncapi());
}

struct ApiDescription::World {
  static std::unique_ptr<engine::Engines> open(const engine::Registry& registry,
                                               engine::Engine::Ports ports) {
    auto engines = engine::Engines::open(registry, ports, {});
    CHECK(engines.has_value(), "{}", engines.error().describe());
    return *std::move(engines);
  }

  ManualHost host{1};
  SeededEntropy entropy{1};
  journal::MemoryJournal journal;
  engine::MemoryCheckpointStore checkpoints;
  const engine::Registry registry = make_registry();
  std::unique_ptr<engine::Engines> engines = open(registry, {journal, checkpoints, host});
  clients::KeyTable keys{host.clock()};
  codec::MemoryKeyring keyring{entropy};
  codec::Sealer sealer{keyring, entropy};
  const terms::ModulusTable modulus;
  api::Gateway gateway{{.engines = *engines,
                        .authenticator = keys,
                        .clock = host.clock(),
                        .entropy = entropy,
                        .read_sides = {},
                        .receipt_key = {}}};
};

ApiDescription::ApiDescription() : world_(std::make_unique<World>()) {
  add_api_routes({.gateway = world_->gateway,
                  .sealer = world_->sealer,
                  .entropy = world_->entropy,
                  .modulus = world_->modulus,
                  .banks = {"model-bank"}});
}
ApiDescription::~ApiDescription() = default;

const api::Gateway& ApiDescription::gateway() const {
  return world_->gateway;
}

std::string ApiDescription::openapi() const {
  return api::openapi_document(gateway(), kVersion);
}

std::string ApiDescription::errors() const {
  const auto of_operators = operator_problems();
  const auto of_registrations = registration_problems();
  std::vector<api::OtherProblem> others(of_operators.begin(), of_operators.end());
  others.insert(others.end(), of_registrations.begin(), of_registrations.end());
  return api::error_catalogue(gateway(), others, bank_problems());
}

std::string asyncapi() {
  return api::asyncapi_document(fact_sources(), kVersion);
}

}  // namespace remit::app
