#pragma once

#include "kit/base/host.h"
#include "kit/engine/sqlite/sqlite_checkpoint_store.h"
#include "kit/flow/sqlite/sqlite_checkpoint_table.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/sqlite/disk.h"

#include <memory>
#include <string_view>

namespace remit::lab::sim {

/// The storage that ships, opened on a disk: journal with its index, checkpoints of states and of flows. Its bounds are small,
/// so that in a short history indexes are written and logs moved into their files.
struct ShippedStorage {
  static constexpr std::string_view kJournalFile = "/data/journal.db";
  static constexpr std::string_view kCheckpointsFile = "/data/checkpoints.db";

  /// Fails as opening each of them does; what was opened before stays open. Host and disk outlive it.
  Result<void> open(Host& host, sqlite::Disk& disk);

  std::unique_ptr<remit::journal::SqliteJournal> journal;
  std::unique_ptr<engine::SqliteCheckpointStore> checkpoints;
  std::unique_ptr<flow::SqliteCheckpointTable> flow_checkpoints;
};

}  // namespace remit::lab::sim
