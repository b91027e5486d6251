#pragma once

#include <optional>
#include <string>

namespace remit::app {

/// What `remit verify` made of a data directory.
struct Verification {
  bool holds = false;
  std::string said;  ///< By it, and by us where that does not tell why it does not hold.
};

/// Runs `remit verify` on what a world left behind, as an operator would, in a process of its own.
Verification verify_data(const std::string& world_directory);

/// What follows of how it ended, which is absent when it never ran: that all holds is its exit code 0 and nothing else. One that
/// was killed, or never came to the end, may have said much that holds.
Verification judge_verification(std::optional<int> end, std::string said);

}  // namespace remit::app
