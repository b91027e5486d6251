#pragma once

#include "app/server_config.h"
#include "kit/base/codec/directory_keyring.h"
#include "kit/base/codec/sealed.h"
#include "kit/base/host.h"
#include "kit/engine/engines.h"
#include "kit/engine/sqlite/sqlite_checkpoint_store.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/keys/nested_keyring.h"
#include "kit/service/data_directory.h"

#include <memory>
#include <string>
#include <vector>

namespace remit::app {

/// All kinds of entity, event and command that this program knows.
engine::Registry make_registry();

/// The prefixes whose states the read models keep.
std::vector<std::string> kept_in_read_models();

/// What is stored: the locked data directory, the journal, the states' checkpoints and the keys. Engines come on top in a
/// server; `remit verify` does without.
struct Storage {
  service::DataDirectory directory;
  std::unique_ptr<journal::SqliteJournal> journal;
  std::unique_ptr<engine::SqliteCheckpointStore> checkpoints;
  std::unique_ptr<codec::DirectoryKeyring> client_keys;
  std::unique_ptr<keys::NestedKeyring>
      keyring;         ///< All: the payers' itself, the clients' by `client_keys`.
  std::string notice;  ///< For the log, when keys were made now.

  /// Fails as its parts do.
  static Result<Storage> open(const DataSection& data, Clock& clock, Entropy& entropy);
  std::string journal_file() const { return (directory.journal() / "journal.db").string(); }
  std::string read_model_file(std::uint64_t partition) const;
};

}  // namespace remit::app
