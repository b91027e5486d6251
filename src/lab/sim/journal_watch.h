#pragma once

#include "kit/journal/invariant.h"
#include "lab/sim/world.h"

/// What must be true of a simulated partition's journal by itself, whatever people were told and the bank did.
namespace remit::lab::sim {

/// Everything by which `remit verify` judges a journal, for the owners that the simulated world has.
journal::InvariantWatch watch_journal();
/// What has been appended since the last look is right, behind all that was before it.
journal::Violation journal_holds(journal::Journal& journal, journal::PartitionId partition,
                                 journal::InvariantWatch& watch);
/// The chain, computed anew over the stored bytes, is the stored one.
journal::Violation chain_is_whole(journal::Journal& journal, journal::PartitionId partition);
/// Each account, folded from zero, is the sum of its transfers, and the books balance.
journal::Violation books_balance(World& world);

}  // namespace remit::lab::sim
