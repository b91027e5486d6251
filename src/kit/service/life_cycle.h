#pragma once

#include "kit/base/time.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace remit::service {

/// How an orderly end went.
struct StopReport {
  bool in_time = true;
  std::string
      action;  ///< The one that was under way when the patience ended; empty when all were done.
};

/// Waits for the end of a program and brings it about in order. SIGTERM and SIGINT ask for an orderly end, a second one
/// ends the process at once (exit code 128 + signal); SIGHUP calls the reload callback. Make it in `main` before any thread
/// is started: it blocks these signals, and threads inherit that. One per process.
///
///   LifeCycle life;
///   life.on_stop("readiness", [&] { health.set_draining(); });
///   life.on_stop("http", [&] { server.stop(); });
///   const StopReport report = life.run(std::chrono::seconds(25));
class LifeCycle {
 public:
  /// Must end by itself; it may block. The stop actions run one after another, in the order of adding.
  using Action = std::function<void()>;

  LifeCycle();
  ~LifeCycle();
  LifeCycle(const LifeCycle&) = delete;
  LifeCycle& operator=(const LifeCycle&) = delete;

  void on_stop(std::string name, Action action);
  /// Called on the signal thread ("signals"); must be short.
  void on_reload(Action action);
  /// Asks for the orderly end from within, as SIGTERM does from without. Thread safe.
  void request_stop();

  /// Returns when the stop actions have run, or when they took longer than the total `patience`: the caller should then
  /// leave by `std::_Exit`, since an action is still under way. Once only.
  StopReport run(Duration patience);

 private:
  void watch_signals();
  void take(int signal);
  void run_actions();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::string, Action>> actions_;
  Action reload_;
  bool stop_requested_ = false;
  bool watching_ = true;
  bool done_ = false;
  std::string under_way_;
  std::thread signals_;
  std::thread stopping_;
};

}  // namespace remit::service
