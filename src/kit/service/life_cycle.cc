#include "kit/service/life_cycle.h"

#include "kit/base/check.h"

#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <utility>

namespace remit::service {
namespace {

// Wakes the signal thread for its own end; blocked like the rest, and used for nothing else.
constexpr int kWake = SIGUSR2;

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, kWake}) sigaddset(&set, signal);
  return set;
}

}  // namespace

LifeCycle::LifeCycle() {
  const sigset_t set = watched();
  const int blocked = pthread_sigmask(SIG_BLOCK, &set, nullptr);
  CHECK(blocked == 0, "signals cannot be blocked: {}", blocked);
  signals_ = std::thread([this] { watch_signals(); });
  pthread_setname_np(signals_.native_handle(), "signals");
}

LifeCycle::~LifeCycle() {
  {
    const std::lock_guard lock(mutex_);
    watching_ = false;
  }
  pthread_kill(signals_.native_handle(), kWake);
  signals_.join();
  if (stopping_.joinable()) stopping_.join();
}

void LifeCycle::on_stop(std::string name, Action action) {
  const std::lock_guard lock(mutex_);
  CHECK(!stop_requested_, "{} came after the end was asked for", name);
  actions_.emplace_back(std::move(name), std::move(action));
}

void LifeCycle::on_reload(Action action) {
  const std::lock_guard lock(mutex_);
  reload_ = std::move(action);
}

void LifeCycle::request_stop() {
  const std::lock_guard lock(mutex_);
  stop_requested_ = true;
  changed_.notify_all();
}

void LifeCycle::watch_signals() {
  const sigset_t set = watched();
  while (true) {
    int signal = 0;
    CHECK(sigwait(&set, &signal) == 0, "no signals to wait for");
    if (signal != kWake) take(signal);
    const std::lock_guard lock(mutex_);
    if (!watching_) return;
  }
}

void LifeCycle::take(int signal) {
  if (signal == SIGHUP) {
    Action reload;
    {
      const std::lock_guard lock(mutex_);
      reload = reload_;
    }
    if (reload) reload();
    return;
  }
  const std::lock_guard lock(mutex_);
  // Whoever asks twice does not want to wait; the journal is made for ends like this one.
  if (std::exchange(stop_requested_, true)) std::_Exit(128 + signal);
  changed_.notify_all();
}

void LifeCycle::run_actions() {
  for (const auto& [name, action] : actions_) {
    {
      const std::lock_guard lock(mutex_);
      under_way_ = name;
    }
    action();
  }
  const std::lock_guard lock(mutex_);
  under_way_.clear();
  done_ = true;
  changed_.notify_all();
}

StopReport LifeCycle::run(Duration patience) {
  std::unique_lock lock(mutex_);
  CHECK(!stopping_.joinable() && !done_, "run twice");
  changed_.wait(lock, [this] { return stop_requested_; });
  stopping_ = std::thread([this] { run_actions(); });
  pthread_setname_np(stopping_.native_handle(), "stopping");
  const bool in_time = changed_.wait_for(lock, patience, [this] { return done_; });
  return {in_time, under_way_};
}

}  // namespace remit::service
