#pragma once

#include "kit/flow/read_model.h"
#include "pay/api/facts.h"

#include <memory>
#include <vector>

namespace remit::app {

/// The tables of all owners: what a partition's read model consists of.
std::vector<std::unique_ptr<flow::ReadTables>> make_read_tables();

/// All facts that this program publishes, by owner.
std::vector<api::FactSource> fact_sources();

/// The types of fact that this program publishes.
std::vector<std::string_view> fact_types();

}  // namespace remit::app
