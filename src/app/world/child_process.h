#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace remit::app {

/// Another run of this very program, with its output in a file. It is killed when this goes, and by the kernel when the
/// thread that started it ends.
class ChildProcess {
 public:
  /// `remit <arguments>`; what it prints is appended to `log_file`. `environment`: "NAME=value", beside our own.
  static Result<ChildProcess> start(const std::vector<std::string>& arguments,
                                    const std::string& log_file,
                                    const std::vector<std::string>& environment = {});
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  pid_t id() const { return id_; }
  bool running();
  /// How it ended, once it did: the exit code, or 128 and the signal that ended it, as a shell says it.
  std::optional<int> end() const { return end_; }
  /// kill -9, and waits for the end.
  void kill();
  /// SIGTERM, and waits for the end. The exit code; kills after `patience` and returns -1.
  int stop(Duration patience);

 private:
  explicit ChildProcess(pid_t id) : id_(id) {}
  void note_end(int status);

  pid_t id_ = 0;  ///< 0: none.
  std::optional<int> end_;
};

}  // namespace remit::app
