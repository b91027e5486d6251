#pragma once

#include <fmt/format.h>

#include <string>

namespace remit {

/// Prints the place, the condition and what was seen on standard error, then aborts. A restart
/// replays the journal.
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const std::string& seen);

}  // namespace remit

/// States what must be true unless the program is wrong. Always on. Never for input: that is a
/// Result. `CHECK(version == expected, "version {} of {}", version, stream);`
#define CHECK(condition, ...)                                                               \
  do {                                                                                      \
    if (!(condition)) [[unlikely]] {                                                        \
      ::remit::check_failed(__FILE__, __LINE__, #condition, ::fmt::format("" __VA_ARGS__)); \
    }                                                                                       \
  } while (false)
