#pragma once

#include <cstdint>
#include <string>

namespace remit::app {

/// How the journal names a person who uses this machine: "user:alice", or "user:1000" when the number has no name.
std::string actor_of_user(std::uint32_t user);
/// The person who runs this process.
std::string actor_of_process();

}  // namespace remit::app
