#pragma once

#include "kit/base/time.h"
#include "kit/journal/invariant.h"

#include <memory>

/// What is true of every partition, whatever its events mean.
namespace remit::journal {

/// Commits and positions are 1, 2, 3 ...
std::unique_ptr<Invariant> positions_have_no_gaps();
/// The versions of each stream are 1, 2, 3 ...
std::unique_ptr<Invariant> versions_have_no_gaps();
/// No commit is of an earlier moment than the one before it.
std::unique_ptr<Invariant> time_never_goes_back();
/// Once a writer has appended, none with an older epoch does.
std::unique_ptr<Invariant> epochs_never_fall();
/// Each event names a cause, and each cause a command.
std::unique_ptr<Invariant> events_have_a_cause();
/// Within the retention a client's key is answered once: what is asked again gets the receipt's answer and makes none.
std::unique_ptr<Invariant> keys_are_answered_once(Duration retention);

}  // namespace remit::journal
