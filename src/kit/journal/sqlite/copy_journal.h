#pragma once

#include "kit/journal/journal.h"
#include "kit/sqlite/copy.h"

#include <map>
#include <string>

namespace remit::journal {

/// Copies the file of a SqliteJournal that may be in use, as it is at one moment, into the new file `to`; the look-up
/// indexes stay out, since opening the copy makes them again. Returns where each partition ends in the copy. Fails as
/// sqlite::copy_database does.
Result<std::map<PartitionId, Head>> copy_journal(const std::string& from, const std::string& to,
                                                 const sqlite::CopyWatcher& watch);

/// What a cut took away.
struct JournalCut {
  Head head;  ///< Where the partition ends now.
  std::uint64_t commits_removed = 0;
  std::uint64_t events_removed = 0;
};

/// Takes out of a closed journal file without indexes every commit of the partition that has an event behind `last`: whole
/// commits alone, so the end may be before `last`. The chain up to there stays as it was. Fails with InvalidArgument
/// `position_beyond_end`.
Result<JournalCut> cut_journal(const std::string& path, PartitionId partition, Position last);

}  // namespace remit::journal
