#include "app/prove/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace remit::app {

Progress::Progress(std::uint64_t done, std::uint64_t all)
    : terminal_(::isatty(STDERR_FILENO) != 0), first_(done), all_(all) {}

void Progress::show(std::uint64_t done, std::uint64_t failed) const {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  const std::uint64_t now = done - first_;
  const double left = now == 0 ? 0
                               : seconds / static_cast<double>(now) *
                                     static_cast<double>(all_ - std::min(all_, done));
  const std::string line = fmt::format(
      "{}{} of {} faults, {} runs failed, {:.0f} s, about {:.0f} s left{}", terminal_ ? "\r" : "",
      done, all_, failed, seconds, left, terminal_ ? "\033[K" : "\n");
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace remit::app
