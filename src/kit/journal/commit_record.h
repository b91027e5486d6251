#pragma once

#include "kit/journal/journal.h"

namespace remit::journal {

/// The stored bytes of a commit: one record of the codec, so that fields may be added at its end. They are what the chain
/// covers; tests/golden/journal holds every layout that was ever released.
Bytes encode_commit(const Commit& commit, Epoch epoch);

/// What the bytes say. Fails with Corrupt on anything that `encode_commit` cannot have written.
struct DecodedCommit {
  Commit commit;
  Epoch epoch;
};
Result<DecodedCommit> decode_commit(ByteView bytes);

/// SHA-256 over the last chain value and the stored bytes.
Hash256 chain_after(const Hash256& chain, ByteView stored);

/// The head that a commit makes of the one before it. CHECKs that it follows on.
Head head_after(const Head& head, const Commit& commit, Epoch epoch, ByteView stored);

/// The position of a commit's last event; that of the partition before it when it has none.
Position last_position(const Commit& commit);

/// Says why the commit does not follow on from the head, or nothing. A writer that trips over this has a bug.
Result<void> check_follows(const Head& head, const Commit& commit);

/// The events of a commit as readers see them, from the position on.
void append_events(const Commit& commit, Position from, std::vector<Event>& out);
/// The event at this place in the commit.
Event event_of(const Commit& commit, std::size_t index);

}  // namespace remit::journal
