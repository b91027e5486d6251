#pragma once

#include <string>
#include <string_view>

namespace remit::app {

/// Runs `remit verify` on what a world left behind, as an operator would, in a process of its own. What it says.
std::string verify_data(const std::string& world_directory);
/// Whether it says that all holds.
bool verified(std::string_view said);

}  // namespace remit::app
