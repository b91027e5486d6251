#include "lab/sim/shipped_storage.h"

namespace remit::lab::sim {

Result<void> ShippedStorage::open(Host& host, sqlite::Disk& disk) {
  journal = TRY(remit::journal::SqliteJournal::open(
      std::string(kJournalFile), {.index_memory_entries_max = 64, .wal_pages_max = 60},
      {.host = &host, .disk = &disk}));
  checkpoints = TRY(engine::SqliteCheckpointStore::open(std::string(kCheckpointsFile), &disk));
  flow_checkpoints = TRY(flow::SqliteCheckpointTable::open("/data/flows.db", &disk));
  return {};
}

}  // namespace remit::lab::sim
