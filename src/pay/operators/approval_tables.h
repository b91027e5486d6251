#pragma once

#include "kit/flow/read_model.h"
#include "pay/operators/approval.h"

#include <memory>
#include <optional>
#include <vector>

namespace remit::operators {

/// What lists of approvals search by. The read model must keep the kind.
std::unique_ptr<flow::ReadTables> make_read_tables();

/// Oldest first.
Result<std::vector<Approval>> list_approvals(sqlite::Database& database,
                                             std::optional<ApprovalStatus> status,
                                             std::size_t rows_max);

}  // namespace remit::operators
