#pragma once

#include "kit/base/result.h"
#include "lab/sim/simulation.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace remit::lab::sim {

/// How long one world may take in real time before it counts as hanging.
inline constexpr Duration kWorldTimeMax = std::chrono::seconds(120);

/// What a worker says of one world. An aborted or hanging one has a violation that says so.
struct Outcome {
  std::uint64_t seed = 0;
  std::vector<std::string> violations;
  std::size_t turns = 0;
  Duration simulated{};
  std::uint64_t crashes = 0;
  std::uint64_t splits = 0;
  std::uint64_t handed_over = 0;
  std::uint64_t unknown = 0;
  std::uint64_t executed = 0;
  Sometimes sometimes;
  Hash256 trace{};
};

/// A process that runs worlds one after the other, so that one that aborts or hangs takes nobody else along.
class Worker {
 public:
  /// Gives the next seed, or nothing when there is none; asked in the worker's process.
  using NextSeed = std::function<std::optional<std::uint64_t>()>;

  /// Begins at once. Fails with Unavailable `worker_not_started`.
  static Result<Worker> start(NextSeed next, const Options& options);
  ~Worker();
  Worker(Worker&& other) noexcept;
  Worker& operator=(Worker&&) = delete;

  /// To be polled for reading.
  int descriptor() const { return pipe_; }
  /// Reads what it has said; calls `heard` for each world that has ended. False once it has said its last; then a world in
  /// which it died has been told as well.
  bool read(const std::function<void(Outcome)>& heard);
  /// Ends it when the world that it is in takes too long.
  void watch();

 private:
  Worker(pid_t process, int pipe);
  void take_line(std::string_view line, const std::function<void(Outcome)>& heard);

  pid_t process_ = -1;
  int pipe_ = -1;
  std::string unread_;
  std::optional<Outcome> under_way_;
  Monotonic begun_at_{};
  bool hangs_ = false;
};

/// One world in a process of its own.
Outcome run_apart(std::uint64_t seed, const Options& options);

}  // namespace remit::lab::sim
