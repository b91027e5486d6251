#pragma once

#include "app/command_line/command_tree.h"

#include <string>

namespace remit::app {

/// docs/command-line.md: how the commands are used, and every one of them.
std::string command_line_reference(const Command& program);

}  // namespace remit::app
