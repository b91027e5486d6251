#pragma once

#include <cstdint>

namespace remit::service {

/// Lets this process have as many files and connections open as the system would give it (its hard limit), where the shell
/// that started it asked for fewer: often 1,024, which a server's clients alone can take. Returns how many those are.
std::uint64_t raise_descriptors_limit();

}  // namespace remit::service
