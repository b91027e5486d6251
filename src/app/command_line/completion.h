#pragma once

#include "app/command_line/command_tree.h"

#include <string>

namespace remit::app {

/// Scripts that complete subcommands, options and the values that are known: for `source <(remit completion bash)`,
/// zsh's and fish's the same.
std::string bash_completion(const Command& program);
std::string zsh_completion(const Command& program);
std::string fish_completion(const Command& program);

}  // namespace remit::app
