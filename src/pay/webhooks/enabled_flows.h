#pragma once

#include "kit/journal/journal.h"

#include <string>
#include <vector>

namespace remit::webhooks {

/// The names of the flows of all endpoints that are enabled at the end of the partition's journal: read from the journal
/// itself, for when there is no read model yet.
Result<std::vector<std::string>> enabled_flows(journal::Journal& journal,
                                               journal::PartitionId partition);

}  // namespace remit::webhooks
