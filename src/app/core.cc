#include "app/core.h"

#include "kit/flow/state.h"
#include "pay/clients/client.h"
#include "pay/ledger/transfer.h"
#include "pay/operators/act.h"
#include "pay/operators/approval.h"
#include "pay/payees/payee_verification.h"
#include "pay/payers/payer.h"
#include "pay/payments/commands.h"
#include "pay/webhooks/delivery.h"

namespace remit::app {

engine::Registry make_registry() {
  engine::Registry registry;
  flow::register_kinds(registry);
  clients::register_kinds(registry);
  ledger::register_kinds(registry);
  payees::register_kinds(registry);
  payers::register_kinds(registry);
  payments::register_kinds(registry);
  webhooks::register_kinds(registry);
  operators::register_kinds(registry);
  return registry;
}

std::vector<std::string> kept_in_read_models() {
  return {std::string(payments::Payment::kPrefix),         std::string(ledger::Account::kPrefix),
          std::string(ledger::Transfer::kPrefix),          std::string(flow::DeadLetter::kPrefix),
          std::string(webhooks::WebhookEndpoint::kPrefix), std::string(webhooks::Delivery::kPrefix),
          std::string(operators::Approval::kPrefix)};
}

Result<Storage> Storage::open(const DataSection& data, Clock& clock, Entropy& entropy) {
  service::DataDirectory directory = TRY(service::DataDirectory::open(data.directory));
  auto journal =
      TRY(journal::SqliteJournal::open((directory.journal() / "journal.db").string(), {}));
  auto checkpoints = TRY(engine::SqliteCheckpointStore::open(directory.checkpoints().string()));
  const std::filesystem::path master =
      data.master_key_file.empty() ? directory.keys() / "master.key" : data.master_key_file;
  auto keys = TRY(codec::DirectoryKeyring::open(
      {.directory = (directory.keys() / "data").string(), .master_key_file = master.string()},
      entropy));
  auto payers = TRY(keys::NestedKeyring::open(
      {.path = directory.payer_keys().string(), .prefix = std::string(payers::Payer::kPrefix)},
      *keys.keyring, clock, entropy));
  return Storage{std::move(directory),    std::move(journal), std::move(checkpoints),
                 std::move(keys.keyring), std::move(payers),  std::move(keys.notice)};
}

std::string Storage::read_model_file(std::uint64_t partition) const {
  return (directory.read_models() / fmt::format("partition-{}.db", partition)).string();
}

}  // namespace remit::app
