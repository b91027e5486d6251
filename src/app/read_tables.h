#pragma once

#include "kit/flow/read_model.h"

#include <memory>
#include <vector>

namespace remit::app {

/// The tables of all owners: what a partition's read model consists of.
std::vector<std::unique_ptr<flow::ReadTables>> make_read_tables();

}  // namespace remit::app
