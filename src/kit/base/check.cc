#include "kit/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace remit {

void check_failed(const char* file, int line, const char* condition, const std::string& seen) {
  fmt::print(stderr, "{}:{}: CHECK failed: {}{}{}\n", file, line, condition,
             seen.empty() ? "" : ": ", seen);
  std::fflush(stderr);
  std::abort();
}

}  // namespace remit
