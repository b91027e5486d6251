#pragma once

#include <chrono>
#include <cstdint>

namespace remit::app {

/// How far a proof is: on one line where a person looks, else a line each time.
class Progress {
 public:
  /// `done` of `all` faults were there before.
  Progress(std::uint64_t done, std::uint64_t all);
  void show(std::uint64_t done, std::uint64_t failed) const;

 private:
  const bool terminal_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  const std::uint64_t first_;
  const std::uint64_t all_;
};

}  // namespace remit::app
