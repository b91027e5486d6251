#include "kit/base/check.h"
#include "kit/base/host.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <pthread.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>

namespace remit {
namespace {

void name_this_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

/// One thread that calls back when a moment of the steady clock has come.
class TimerThread final : public Timers {
 public:
  TimerThread() : thread_([this] { run(); }) {}
  ~TimerThread() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  Id after(Duration delay, std::move_only_function<void()> callback) override {
    const auto due = std::chrono::steady_clock::now() + delay;
    const std::lock_guard lock(mutex_);
    const Id id = ++last_id_;
    const bool first = waiting_.empty() || due < waiting_.begin()->first.first;
    waiting_.emplace(std::pair(due, id), std::move(callback));
    due_of_.emplace(id, due);
    if (first) changed_.notify_one();
    return id;
  }

  bool cancel(Id id) override {
    const std::lock_guard lock(mutex_);
    const auto found = due_of_.find(id);
    if (found == due_of_.end()) return false;
    waiting_.erase({found->second, id});
    due_of_.erase(found);
    return true;
  }

 private:
  using Moment = std::chrono::steady_clock::time_point;

  void run() {
    name_this_thread("timers");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (waiting_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const Moment due = waiting_.begin()->first.first;
      if (std::chrono::steady_clock::now() < due) {
        changed_.wait_until(lock, due);
        continue;
      }
      auto first = waiting_.extract(waiting_.begin());
      due_of_.erase(first.key().second);
      lock.unlock();
      first.mapped()();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<Moment, Id>, std::move_only_function<void()>> waiting_;
  std::unordered_map<Id, Moment> due_of_;
  Id last_id_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

constexpr int kGivesWay = 10;  // nice(2)

/// One component on its thread: steps while there is work, sleeps until it is woken.
class Seat {
 public:
  explicit Seat(Component& component) : component_(component), thread_([this] { run(); }) {}
  ~Seat() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  void wake() {
    const std::lock_guard lock(mutex_);
    if (ready_) return;
    ready_ = true;
    woken_.notify_one();
  }
  bool runs_on_this_thread() const { return thread_.get_id() == std::this_thread::get_id(); }

 private:
  void run() {
    name_this_thread(component_.name());
    // Linux keeps the nice value of a thread. Where it cannot be set the thread works as the others.
    if (component_.gives_way())
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kGivesWay);
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (!ready_) {
        woken_.wait(lock, [this] { return ready_ || stopping_; });
        continue;
      }
      ready_ = false;
      lock.unlock();
      const bool more = component_.step();
      lock.lock();
      ready_ = ready_ || more;
    }
  }

  Component& component_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool ready_ = true;  // A wake before attach may have been missed; one step too many does no harm.
  bool stopping_ = false;
  std::thread thread_;
};

class ThreadHost final : public Host {
 public:
  explicit ThreadHost(Clock& clock) : clock_(clock) {}
  ~ThreadHost() override {
    CHECK(seats_.empty(), "{} components are still attached", seats_.size());
  }

  void attach(Component& component) override {
    const std::lock_guard lock(mutex_);
    const bool added = seats_.emplace(&component, std::make_shared<Seat>(component)).second;
    CHECK(added, "{} attached twice", component.name());
  }

  void detach(Component& component) override {
    std::shared_ptr<Seat> seat;
    {
      const std::lock_guard lock(mutex_);
      const auto found = seats_.find(&component);
      CHECK(found != seats_.end(), "{} is not attached", component.name());
      seat = std::move(found->second);
      seats_.erase(found);
    }
    CHECK(!seat->runs_on_this_thread(), "{} detaches itself", component.name());
    // A waker may hold the seat for a moment longer; whoever lets go last joins the thread, and it must be this one.
    while (seat.use_count() > 1) std::this_thread::yield();
  }

  void wake(Component& component) override {
    std::shared_ptr<Seat> seat;
    {
      const std::lock_guard lock(mutex_);
      const auto found = seats_.find(&component);
      if (found == seats_.end()) return;
      seat = found->second;
    }
    seat->wake();
  }

  Timers& timers() override { return timers_; }
  Clock& clock() override { return clock_; }

 private:
  Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<Component*, std::shared_ptr<Seat>> seats_;
  TimerThread timers_;
};

}  // namespace

std::unique_ptr<Host> make_thread_host(Clock& clock) {
  return std::make_unique<ThreadHost>(clock);
}

}  // namespace remit
